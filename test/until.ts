/** Looks again and again until it is so, for as long as a loaded machine may need; a test that waits in vain says for what. */

export async function until(what: string, happened: () => unknown | Promise<unknown>): Promise<void> {
  const end = Date.now() + 60_000;
  while (!(await happened())) {
    if (Date.now() > end) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
