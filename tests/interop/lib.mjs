// What the interop tests share: counting checks, and a simulator as a child process.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
export const description = (name) =>
  join(here, '..', 'simulator', 'tenants', `${name}.json`);

const counts = { passed: 0, failed: 0 };

export async function check(what, body) {
  try {
    await body();
    counts.passed += 1;
    console.log(`ok    ${what}`);
  } catch (error) {
    counts.failed += 1;
    console.log(`FAIL  ${what}: ${error.message}`);
  }
}

export function equal(got, wanted, what) {
  if (got !== wanted) throw new Error(`${what}: wanted ${wanted}, got ${got}`);
}

// The last line, as tests/run.sh reads it; the exit code.
export function finish() {
  console.log(`${counts.passed} passed, ${counts.failed} failed`);
  return counts.failed === 0 ? 0 : 1;
}

export const pause = (ms) => new Promise((done) => setTimeout(done, ms));

async function started(file, child) {
  for (let i = 0; i < 300; i += 1) {
    if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
    if (child.exitCode !== null) break;
    await pause(100);
  }
  throw new Error('the simulator did not start');
}

export function ended(child) {
  return new Promise((done) => child.on('exit', (code) => done(code ?? 1)));
}

// Runs body(ready, state folder) beside a simulator; its result, or 1 when the simulator ended badly.
export async function withSimulator(simulator, args, body) {
  const state = mkdtempSync(join(tmpdir(), 'graphaudit-interop-'));
  const child = spawn(simulator, ['--state-dir', state, '--parent-exit', ...args], {
    stdio: 'inherit',
  });
  const gone = ended(child);
  let code = 1;
  try {
    code = await body(await started(join(state, 'ready.json'), child), state);
  } finally {
    child.kill('SIGTERM');
    const status = await gone;
    if (status !== 0) {
      console.log(`FAIL  the simulator ended with ${status}`);
      code = 1;
    }
    rmSync(state, { recursive: true, force: true });
  }
  return code;
}
