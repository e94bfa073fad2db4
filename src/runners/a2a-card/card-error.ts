/** What is wrong with an agent card: code, place in the card, expected, found, the narrowest repair. */
export class CardError extends Error {
  override readonly name = 'CardError';
  constructor(
    readonly code:
      | 'CARD_TOO_LARGE'
      | 'CARD_NOT_JSON'
      | 'BAD_CARD'
      | 'CARD_UNSIGNED'
      | 'CARD_KEY_NEEDED'
      | 'BAD_KEY'
      | 'BAD_SIGNATURE'
      | 'NO_INTERFACE',
    readonly place: string,
    readonly expected: string,
    readonly found: string,
    readonly repair: string,
  ) {
    super(`${code}: ${place}: expected ${expected}, found ${found}`);
  }
}
