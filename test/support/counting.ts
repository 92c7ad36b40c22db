/** A binding whose methods are counted by name; those of `through` give objects whose methods count as well. */
export function counting<Binding extends object>(binding: Binding, through: string[] = []) {
  const calls: Record<string, number> = {};
  const wrap = <Wrapped extends object>(target: Wrapped): Wrapped =>
    new Proxy(target, {
      get(_, property) {
        const value: unknown = Reflect.get(target, property);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => {
          const result: unknown = value.apply(target, args);
          const name = String(property);
          if (through.includes(name)) return wrap(result as object);
          calls[name] = (calls[name] ?? 0) + 1;
          return result;
        };
      },
    });
  return { binding: wrap(binding), calls };
}
