/** The formats a working spec may be checked against: `--profile` takes these names. `v12` is the present standard. */
export const PROFILES = ['v1', 'v3.5', 'v9', 'v10', 'v10.2-code', 'v11', 'v12', 'lenient'] as const;

export type ProfileName = (typeof PROFILES)[number];

export const PRESENT: ProfileName = 'v12';

export function isProfile(name: string): name is ProfileName {
  return (PROFILES as readonly string[]).includes(name);
}
