// What the browser tests share: a page of its own a test, with everything it did wrong collected;
// counts; axe. Chromium comes from the system (CHROMIUM names another); nothing is downloaded.
import { chromium } from 'playwright-core';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let passed = 0;
let failed = 0;

export const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});

export const urlOf = (file) => pathToFileURL(resolve(file)).href;

export function assert(ok, message) {
  if (!ok) throw new Error(message);
}

export function equal(got, want, what) {
  assert(Object.is(got, want), `${what}: ${JSON.stringify(got)}, not ${JSON.stringify(want)}`);
}

// `body` gets a page that shows this address.
export async function withPage(url, options, body) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const trouble = [];

  context.on('request', (r) => {
    if (!r.url().startsWith('file:') && !r.url().startsWith('data:')) trouble.push(`request ${r.url()}`);
    else if (r.url().startsWith('file:') && r.url().split('#')[0] !== url.split('#')[0]) trouble.push(`file ${r.url()}`);
  });
  page.on('dialog', (d) => {
    trouble.push(`dialog ${d.message()}`);
    d.dismiss();
  });
  page.on('pageerror', (e) => trouble.push(`error ${e.message}`));
  page.on('console', (m) => {
    if (m.type() === 'error') trouble.push(`console ${m.text()}`);
  });
  page.on('popup', () => trouble.push('popup'));
  try {
    await page.goto(url);
    await body(page, context);
    equal(trouble.join('; '), '', 'trouble');
  } finally {
    await context.close();
  }
}

export async function test(name, body) {
  try {
    await body();
    passed++;
    console.log(`ok   ${name}`);
  } catch (e) {
    failed++;
    console.log(`FAIL ${name}\n     ${String(e.message).split('\n').join('\n     ')}`);
  }
}

// Violations that shut somebody out. Run on what is open, so everything is opened first.
export async function axe(page, rules = {}) {
  await page.evaluate(axeSource);
  const found = await page.evaluate(async (rules) => {
    const r = await window.axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], rules,
    });

    return {
      checked: r.passes.length,
      bad: r.violations
        .filter((v) => v.impact === 'serious' || v.impact === 'critical')
        .map((v) => `${v.id} (${v.impact}): ${v.nodes.length} x, such as ${v.nodes[0].html.slice(0, 160)}`),
    };
  }, rules);
  assert(found.checked > 15, `axe looked at ${found.checked} rules only`);
  equal(found.bad.join('\n'), '', 'axe');
}

export const openAll = (page) =>
  page.evaluate(() => document.querySelectorAll('details').forEach((d) => { d.open = true; }));

export async function finish() {
  await browser.close();
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed === 0 ? 0 : 1);
}
