import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

export const PYTHON_EXAMPLES = fileURLToPath(new URL('../../examples/python/', import.meta.url));

/** A virtual environment with the requirements of the Python examples, made once per version of them; or why there is none. */
export const pythonVenv = async (): Promise<{ python: string } | { missing: string }> => {
  const requirements = path.join(PYTHON_EXAMPLES, 'requirements.txt');
  const digest = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 8);
  const cache = process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache');
  const folder = path.join(cache, 'arbiter', `python-examples-${digest}`);
  const python = path.join(folder, 'bin', 'python3');
  if (existsSync(python)) return { python };
  try {
    mkdirSync(path.dirname(folder), { recursive: true });
    const fresh = mkdtempSync(`${folder}-`);
    await execa('python3', ['-m', 'venv', fresh], { timeout: 60_000 });
    const pip = ['-m', 'pip', 'install', '--quiet', '--requirement', requirements];
    await execa(path.join(fresh, 'bin', 'python3'), pip, { timeout: 120_000 });
    renameSync(fresh, folder);
    return { python };
  } catch (error) {
    return { missing: error instanceof Error ? error.message.slice(0, 300) : 'no python3' };
  }
};
