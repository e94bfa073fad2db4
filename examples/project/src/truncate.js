/** The first `most` characters, the last of them an ellipsis if something was left out. */
export const truncate = (text, most) => (text.length < most ? text : `${text.slice(0, most - 1)}…`);
