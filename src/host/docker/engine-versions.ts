/** Which versions of the Engine API are spoken here: those of Docker 20.10 up to 28. */

export const oldestApi = '1.41';
export const newestApi = '1.51';

const shape = /^\d+\.\d+$/;

export type ChosenApi = { readonly api: string } | { readonly tooOld: string } | { readonly tooNew: string };

/** The newest version that both sides speak, or why there is none; undefined where the engine names none. */
export function chosenApi(newest: string | undefined, oldest = '1.0'): ChosenApi | undefined {
  if (newest === undefined || !shape.test(newest) || !shape.test(oldest)) return undefined;
  if (isBefore(newest, oldestApi)) return { tooOld: newest };
  if (isBefore(newestApi, oldest)) return { tooNew: oldest };
  return { api: isBefore(newest, newestApi) ? newest : newestApi };
}

function isBefore(a: string, b: string): boolean {
  const [aMajor = 0, aMinor = 0] = a.split('.').map(Number);
  const [bMajor = 0, bMinor = 0] = b.split('.').map(Number);
  return aMajor < bMajor || (aMajor === bMajor && aMinor < bMinor);
}
