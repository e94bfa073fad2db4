/** Lines of at most `width` characters, broken between words; a longer word has a line of its own. */
export const wrap = (text, width) => {
  const lines = [];
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
};
