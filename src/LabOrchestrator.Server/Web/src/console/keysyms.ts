const SPECIAL: Readonly<Record<string, number>> = { '\n': 0xff0d, '\t': 0xff09, '\b': 0xff08, '\u001b': 0xff1b };

/** The X11 keysyms of a text, one for each character; line ends become Return, other control characters are left out. */
export function keysymsOf(text: string): number[] {
  const keysyms: number[] = [];
  for (const character of text.replaceAll('\r\n', '\n').replaceAll('\r', '\n')) {
    const special = SPECIAL[character];
    const point = character.codePointAt(0)!;
    if (special !== undefined) {
      keysyms.push(special);
    } else if ((point >= 0x20 && point < 0x7f) || (point >= 0xa0 && point <= 0xff)) {
      keysyms.push(point);
    } else if (point > 0xff) {
      keysyms.push(0x01000000 | point);
    }
  }
  return keysyms;
}
