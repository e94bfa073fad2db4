import type { Decoded, LogCodec } from '../../log/codec.js';

/** The codec with an eye on types that this build does not know: a follower skips them without a word (law 12). */
export const countingUnknown = (codec: LogCodec, onUnknown: (fullName: string) => void): LogCodec => {
  const noticed = (decoded: Decoded): Decoded => {
    if (decoded.kind === 'unknown') onUnknown(decoded.fullName);
    return decoded;
  };
  return {
    encode: (topic, name, record) => codec.encode(topic, name, record),
    hash: (record) => codec.hash(record),
    decode: (record) => {
      const decoded = codec.decode(record);
      return decoded instanceof Promise ? decoded.then(noticed) : noticed(decoded);
    },
  };
};
