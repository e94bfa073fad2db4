/** What stands before the host of an address: user, password, token. */
const USER_INFO = /\/\/[^/\s@]*@/gu;

/** The text without passwords and tokens in addresses: repositories are the requester's, logs are read by others. */
export const withoutSecrets = (text: string): string => text.replace(USER_INFO, '//…@');

/** The text on one line, without what a terminal would obey. */
export const printable = (text: string): string =>
  text.replace(/\p{Cc}/gu, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
