const RFC3339 =
  /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,6}))?(?:Z|([+-])(\d{2}):(\d{2}))$/;

/**
 * RFC 3339 with a zone → µs since the epoch; undefined for anything else. A date that the calendar does not have is no date:
 * a lenient parser moves it, and what cannot be read would otherwise never expire (D-18).
 */
export const parseInstant = (text: string): number | undefined => {
  const match = RFC3339.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const at = Date.UTC(year, month - 1, day, hour, minute, second);
  const written = `${text.slice(0, 19)}.000Z`;
  if (Number.isNaN(at) || new Date(at).toISOString() !== written) return undefined;
  const [zoneHours, zoneMinutes] = [Number(match[9] ?? 0), Number(match[10] ?? 0)];
  if (zoneHours > 23 || zoneMinutes > 59) return undefined;
  const zone = (match[8] === '-' ? -1 : 1) * (zoneHours * 60 + zoneMinutes);
  const micros = (at - zone * 60_000) * 1000 + Number((match[7] ?? '').padEnd(6, '0'));
  return micros > 0 && Number.isSafeInteger(micros) ? micros : undefined;
};

/** µs since the epoch → RFC 3339 in UTC with all six digits. */
export const showInstant = (micros: number): string => {
  const seconds = new Date(Math.floor(micros / 1e6) * 1000).toISOString().slice(0, 19);
  return `${seconds}.${String(micros % 1e6).padStart(6, '0')}Z`;
};
