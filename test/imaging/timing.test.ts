import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameClock } from '../../src/imaging/timing.ts';

const play = (delays: number[]) => {
  const clock = new FrameClock();
  return delays.map((delay) => clock.next(delay));
};
const sum = (delays: number[]) => delays.reduce((total, delay) => total + delay, 0);

describe('FrameClock', () => {
  it('keeps what a GIF can say', () => {
    expect(play([20, 50, 100, 1000])).toEqual([20, 50, 100, 1000]);
  });

  it('plays 0 to 10 ms as browsers do', () => {
    expect(play([0, 10, 1])).toEqual([100, 100, 100]);
  });

  it('keeps the time of 60 frames a second by passing over some', () => {
    const shown = play(Array.from({ length: 60 }, (_, i) => (i % 3 === 0 ? 16 : 17)));
    expect(Math.abs(sum(shown) - 1000)).toBeLessThanOrEqual(10);
    expect(shown.filter((delay) => delay > 0).every((delay) => delay >= 20)).toBe(true);
    expect(shown.filter((delay) => delay > 0).length).toBe(50);
  });

  it('never drifts by more than a hundredth of a second', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.integer({ min: 11, max: 5000 }), fc.integer({ min: 11, max: 65_535_000 })), {
          minLength: 1,
          maxLength: 200,
        }),
        (delays) => {
          const shown = play(delays);
          expect(Math.abs(sum(shown) - sum(delays))).toBeLessThanOrEqual(10);
          expect(shown.every((delay) => delay % 10 === 0 && delay !== 10)).toBe(true);
        },
      ),
    );
  });

  it('keeps what is longer than one frame can say', () => {
    expect(play([16_777_215, 50, 655_360])).toEqual([16_777_220, 50, 655_360]);
  });
});
