import { execFileSync, spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Run } from './contender-process.ts';
import type { Picture } from './pictures.ts';

/** A command that makes an emoji of a picture: its whole process is measured, as who uses it pays for it. */
export interface Tool {
  name: string;
  version: string;
  /** Whether it does what is asked of such a picture. */
  takes(picture: Picture): boolean;
  command(input: string, output: string): string[];
}

const PILLOW = `
import sys
from PIL import Image, ImageOps
with Image.open(sys.argv[1]) as image:
    small = ImageOps.exif_transpose(image).convert("RGBA")
small.thumbnail((100, 100), Image.LANCZOS)
canvas = Image.new("RGBA", (100, 100))
canvas.paste(small, ((100 - small.width) // 2, (100 - small.height) // 2))
canvas.save(sys.argv[2])
`;

/** What of it is installed here. */
export function installedTools(): Tool[] {
  const tools: (Tool | undefined)[] = [gifsicle(), imageMagick(), pillow()];
  return tools.filter((tool) => tool !== undefined);
}

function gifsicle(): Tool | undefined {
  const version = firstLine('gifsicle', '--version');
  if (!version?.includes('Gifsicle')) return undefined;
  return {
    name: 'gifsicle',
    version,
    takes: ({ extension, isAnimated }) => extension === 'gif' && isAnimated,
    command: (input, output) => ['gifsicle', '--resize-fit', '100x100', '-O3', '-o', output, input],
  };
}

function imageMagick(): Tool | undefined {
  // `convert` may be another program of that name.
  for (const program of ['magick', 'convert-im6', '/usr/bin/convert', 'convert']) {
    const version = firstLine(program, '-version');
    if (!version?.startsWith('Version: ImageMagick')) continue;
    const fit = '-background none -resize 100x100 -gravity center -extent 100x100'.split(' ');
    return {
      name: 'ImageMagick',
      version,
      takes: () => true,
      command: (input, output) => {
        const frames = /\.(gif|webp)$/.test(input) ? ['-coalesce'] : ['-auto-orient'];
        return [program, '-limit', 'thread', '1', input, ...frames, ...fit, '-layers', 'optimize', output];
      },
    };
  }
  return undefined;
}

function pillow(): Tool | undefined {
  const version = firstLine('python3', '-c', 'import PIL; print("Pillow", PIL.__version__)');
  if (!version?.startsWith('Pillow')) return undefined;
  return {
    name: 'Pillow',
    version,
    // It would need a program of its own for animations.
    takes: ({ isAnimated }) => !isAnimated,
    command: (input, output) => ['python3', '-c', PILLOW, input, output],
  };
}

/** Runs a command to its end. Node does not tell what its children used; the shell does. */
export function runTool(tool: Tool, input: string): Run {
  const output = path.join(tmpdir(), `custom-emoji-bench-${process.pid}.gif`);
  const start = performance.now();
  const { stderr, status } = spawnSync(
    'bash',
    ['-c', 'TIMEFORMAT="%3U %3S"; time "$@" && wc -c < "$0" >&2', output, ...tool.command(input, output)],
    { encoding: 'utf8' },
  );
  const wall = performance.now() - start;
  const lines = stderr.trim().split('\n');
  const [user, system] = (lines.at(-2) ?? '').split(' ').map(Number);
  if (status !== 0 || Number.isNaN(user)) throw new Error(`${tool.name} failed on ${input}: ${stderr}`);
  return { cpu: (user + system) * 1000, wall, bytes: Number(lines.at(-1)) };
}

function firstLine(program: string, ...args: string[]): string | undefined {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).split('\n')[0];
  } catch {
    return undefined;
  }
}
