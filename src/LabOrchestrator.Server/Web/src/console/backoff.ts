/** Milliseconds to wait before the next try: 0.5 s doubling to 15 s, half of it at random so that a class does not come back as one. */
export function backoff(tries: number, random: () => number = Math.random): number {
  const longest = Math.min(15_000, 500 * 2 ** Math.min(tries, 6));
  return longest / 2 + (longest / 2) * random();
}
