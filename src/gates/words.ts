/** Longest text made of strangers' bytes that a clause or violation carries. */
const LONGEST = 300;

/** Strangers' text in a message: bounded, and nothing in it can forge a line of a terminal or turn the direction of writing. */
export function visible(text: string, longest: number = LONGEST): string {
  const cut = text.length > longest ? `${text.slice(0, longest - 3)}...` : text;
  return cut.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
    (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

/** A list in a message: the first few, and how many more. */
export function listed(items: readonly string[], most = 5): string {
  const shown = items.slice(0, most).map((item) => visible(item, 120));
  return items.length > most ? `${shown.join(', ')} and ${items.length - most} more` : shown.join(', ');
}

/** A share as people read it: two digits, cut and not rounded, so that 89.999 never reads as 90. */
export function percent(value: number): string {
  return `${(Math.floor(value * 100 + 1e-7) / 100).toString()} %`;
}
