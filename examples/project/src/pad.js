/** Centres a text in `width` characters. */
export const center = (text, width) => {
  let result = text;
  let left = true;
  while (result.length < width) {
    if (left) result = ' ' + result;
    else result = result + ' ';
    left = !left;
  }
  return result;
};
