// The HTML report in a real browser: node run.mjs REPORT.html [SCREENSHOT.png]
//
// The report has to be one of an evaluated snapshot with at least one failing rule. Prints a line a test, and ends
// with "N passed, N failed".
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { assert, axe, browser, equal, finish, openAll, test, urlOf, withPage as withPageOf } from './lib.mjs';

const [, , reportPath, screenshotPath] = process.argv;
if (!reportPath) {
  console.error('usage: node run.mjs REPORT.html [SCREENSHOT.png]');
  process.exit(2);
}
const report = resolve(reportPath);
const url = urlOf(report);
const withPage = (b, options, body) => withPageOf(url, options, body);
const html = readFileSync(report, 'utf8');

const KIB = 1024;
const PAGE_BYTES = 1024 * KIB; // mail previews and artifact viewers cut pages off
const CSS_BYTES = 24 * KIB;
const JS_BYTES = 32 * KIB;
const TARGET_PX = 24; // WCAG 2.2, 2.5.8
const REFLOW_PX = 320; // WCAG 2.2, 1.4.10

const shownRules = (page) =>
  page.evaluate(() => [...document.querySelectorAll('[data-rule]')].filter((r) => !r.hidden).map((r) => r.id));

await test('size: page, style and script keep to their budgets', () => {
  const style = html.match(/<style>([^]*?)<\/style>/)[1];
  const script = html.match(/<script>([^]*?)<\/script>/)[1];

  assert(statSync(report).size <= PAGE_BYTES, `the page has ${statSync(report).size} bytes`);
  assert(Buffer.byteLength(style) <= CSS_BYTES, `the style has ${Buffer.byteLength(style)} bytes`);
  assert(Buffer.byteLength(script) <= JS_BYTES, `the script has ${Buffer.byteLength(script)} bytes`);
});

await test('offline: no request leaves, nothing runs that is not ours', () =>
  withPage(browser, {}, async (page) => {
    await openAll(page);
    equal(await page.locator('script:not([type="application/json"])').count(), 1, 'scripts'); // the others are data
    equal(await page.locator('img, iframe, object, embed, link:not([rel=icon]), [src]').count(), 0, 'loading elements');
    equal(await page.evaluate(() => [...document.querySelectorAll('*')]
      .flatMap((e) => [...e.attributes].map((a) => a.name))
      .filter((n) => n.startsWith('on') || n === 'style').join()), '', 'attributes with code or style');
    equal(await page.evaluate(() => performance.getEntriesByType('resource').length), 0, 'resources');
  }));

await test('offline: names of strangers are text', () =>
  withPage(browser, {}, async (page) => {
    const names = ['</script><img src=x onerror=alert(1)>', '=HYPERLINK("https://evil.example","Salary")'];

    for (const name of names)
      if (html.includes(name.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')))
        assert((await page.evaluate(() => document.body.textContent)).includes(name), `no text ${name}`);
    assert(await page.evaluate(() => !/[\u202A-\u202E\u2066-\u2069\u200B]/.test(document.body.textContent)),
      'an invisible character is left');
  }));

await test('policy: a script or a style that got in would not run', async () => {
  const context = await browser.newContext();
  const page = await context.newPage();

  await page.goto(url);
  const blocked = await page.evaluate(() => new Promise((done) => {
    const seen = [];
    const script = document.createElement('script');
    const link = document.createElement('link');

    document.addEventListener('securitypolicyviolation', (e) => {
      seen.push(e.effectiveDirective);
      if (seen.length === 3) done(seen);
    });
    script.textContent = 'window.intruder = true';
    document.body.appendChild(script);
    document.body.setAttribute('style', 'opacity: 0.5');
    link.rel = 'stylesheet';
    link.href = 'https://elsewhere.example/x.css';
    document.head.appendChild(link);
    setTimeout(() => done(seen), 3000);
  }));
  equal(await page.evaluate(() => window.intruder), undefined, 'the intruder');
  equal(await page.evaluate(() => getComputedStyle(document.body).opacity), '1', 'opacity');
  equal(blocked.length, 3, `violations (${blocked})`);
  await context.close();
});

for (const scheme of ['light', 'dark'])
  await test(`accessible: axe in the ${scheme} theme, closed and open`, () =>
    withPage(browser, { colorScheme: scheme }, async (page) => {
      await axe(page);
      await openAll(page);
      await axe(page);
    }));

await test('accessible: axe in print', () =>
  withPage(browser, { colorScheme: 'dark' }, async (page) => {
    await page.emulateMedia({ media: 'print' });
    await openAll(page);
    await axe(page, { 'target-size': { enabled: false } }); // nobody clicks on paper
    equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), 'rgb(255, 255, 255)', 'paper');
  }));

await test('accessible: reflows at 320 pixels, without scrolling sideways', () =>
  withPage(browser, { viewport: { width: REFLOW_PX, height: 700 } }, async (page) => {
    await openAll(page);
    equal(await page.evaluate(() => document.documentElement.scrollWidth), REFLOW_PX, 'width');
  }));

await test(`accessible: what can be clicked is ${TARGET_PX} pixels high`, () =>
  withPage(browser, {}, async (page) => {
    await openAll(page);
    equal(await page.evaluate((px) => [...document.querySelectorAll('button, select, input[type=search], nav a, summary')]
      .filter((e) => e.offsetParent !== null && e.getBoundingClientRect().height < px)
      .map((e) => e.outerHTML.slice(0, 80)).join('\n'), TARGET_PX), '', 'small targets');
  }));

await test('without script: everything is there, and nothing that would not answer', () =>
  withPage(browser, { javaScriptEnabled: false }, async (page) => {
    assert(!(await page.locator('#filters').isVisible()), 'the filters show');
    equal(await page.locator('th button, .code button').count(), 0, 'buttons');
    assert(await page.locator('h1').isVisible() && await page.locator('.verdict').isVisible(), 'no summary');
    for (const id of ['sec-summary', 'sec-smtp', 'sec-ca', 'sec-fail', 'sec-not-evaluated', 'sec-appendix'])
      assert(await page.locator(`#${id} h2`).isVisible(), `no section ${id}`);
    const closed = page.locator('.card details:not([open])').first();
    if (await closed.count()) {
      await closed.locator(':scope > summary').click();
      assert(await page.locator('.card details[open] .body').first().isVisible(), 'details do not open');
    }
  }));

await test('without style: sections in reading order, pictures no larger than their text', () =>
  withPage(browser, {}, async (page) => {
    await page.evaluate(() => document.querySelector('style').remove());
    const headings = await page.evaluate(() => [...document.querySelectorAll('h2')]
      .map((h) => ({ id: h.parentElement.id, top: h.getBoundingClientRect().top })));

    equal(headings.map((h) => h.id).join(' '), 'sec-summary sec-smtp sec-ca sec-fail sec-not-evaluated sec-manual '
      + 'sec-waived sec-not-applicable sec-pass sec-appendix', 'sections');
    assert(headings.every((h, i) => i === 0 || h.top > headings[i - 1].top), 'not below each other');
    equal(await page.evaluate(() => [...document.querySelectorAll('svg')]
      .filter((e) => e.getBoundingClientRect().height > 20).length), 0, 'large pictures');
  }));

await test('filters: search, severity, outcome and service narrow the rules and say how many', () =>
  withPage(browser, {}, async (page) => {
    const every = await shownRules(page);
    const shown = page.locator('#shown');
    const says = async (n) => {
      await page.waitForFunction((want) => document.getElementById('shown').textContent === want,
        n === every.length ? `${n} rules` : `Showing ${n} of ${every.length} rules`, { timeout: 3000 });
    };
    const expected = (test) => page.evaluate((source) => [...document.querySelectorAll('[data-rule]')]
      .filter((r) => new Function('r', `return ${source}`)(r)).length, test);

    assert(every.length > 3, `only ${every.length} rules`);
    await says(every.length);
    equal(await shown.getAttribute('aria-live'), 'polite', 'aria-live');
    await page.fill('#filters input[name=text]', every[0].toLowerCase());
    await says(await expected(`r.textContent.toLowerCase().includes(${JSON.stringify(every[0].toLowerCase())})`));
    assert((await shownRules(page)).includes(every[0]), 'the rule that was searched for is gone');
    await page.fill('#filters input[name=text]', 'qqxzqq');
    await says(0);
    await page.click('#filters button[type=reset]');
    await says(every.length);
    await page.selectOption('#filters select[name=outcome]', 'fail');
    await says(await expected("r.dataset.outcome === 'fail'"));
    await page.uncheck('#filters input[value=medium]');
    await says(await expected("r.dataset.outcome === 'fail' && r.dataset.severity !== 'medium'"));
    await page.click('#filters button[type=reset]');
    const service = await page.evaluate(() => document.querySelector('[data-rule]').dataset.service);
    await page.selectOption('#filters select[name=service]', service);
    await says(await expected(`r.dataset.service === ${JSON.stringify(service)}`));
  }));

await test('filters: they stand in the address, and an address brings them back', async () => {
  let link;
  let shown;

  await withPage(browser, {}, async (page) => {
    await page.selectOption('#filters select[name=outcome]', 'fail');
    await page.uncheck('#filters input[value=medium]');
    await page.fill('#filters input[name=text]', 'smtp auth');
    await page.waitForFunction(() => location.hash.includes('text='), null, { timeout: 3000 });
    link = page.url();
    shown = await shownRules(page);
    assert(shown.length > 0, 'nothing is shown');
  });
  await withPageOf(link, {}, async (page) => {
    await page.waitForFunction((n) => document.getElementById('shown').textContent.startsWith(`Showing ${n} of`),
      shown.length, { timeout: 3000 });
    equal((await shownRules(page)).join(), shown.join(), 'rules');
    assert(!(await page.isChecked('#filters input[value=medium]')), 'medium is checked');
    await page.click('#filters button[type=reset]');
    await page.waitForFunction(() => !location.hash.includes('?'), null, { timeout: 3000 });
  });
  await withPageOf(`${url}#?text=%E0%A4%A&outcome=nonsense&x`, {}, async (page) => {
    await page.waitForFunction(() => document.getElementById('shown').textContent !== '', null, { timeout: 3000 });
  });
});

await test('filters: a match inside a closed list opens it', () =>
  withPage(browser, {}, async (page) => {
    const row = await page.evaluate(() => {
      const r = document.querySelector('#sec-pass tr[data-rule], #sec-not-applicable tr[data-rule]');

      return r && r.id;
    });

    assert(row, 'no rule passed');
    assert(!(await page.locator(`[id="${row}"]`).isVisible()), 'it shows already');
    await page.fill('#filters input[name=text]', row);
    await page.locator(`[id="${row}"]`).waitFor({ state: 'visible', timeout: 3000 });
  }));

await test('sorting: a heading sorts up, then down, and says so', () =>
  withPage(browser, {}, async (page) => {
    const table = page.locator('#sec-appendix table[data-sortable]').first();
    const heading = table.locator('thead th').nth(2); // numbers
    const column = async () => (await table.locator('tbody tr').evaluateAll((rows) => rows.map((r) => r.cells[2].textContent)))
      .map((t) => Number(t.replaceAll(',', '')));

    await heading.locator('button').click();
    equal(await heading.getAttribute('aria-sort'), 'ascending', 'aria-sort');
    const up = await column();
    assert(up.length > 1 && up.every((v, i) => i === 0 || up[i - 1] <= v), `not sorted: ${up}`);
    await heading.locator('button').click();
    equal(await heading.getAttribute('aria-sort'), 'descending', 'aria-sort');
    const down = await column();
    assert(down.every((v, i) => i === 0 || down[i - 1] >= v), `not sorted: ${down}`);
    equal(await table.locator('th[aria-sort]').count(), 1, 'sorted columns');
  }));

await test('copying: the button copies the command', () =>
  withPage(browser, { permissions: ['clipboard-read', 'clipboard-write'] }, async (page) => {
    await openAll(page);
    const block = page.locator('.code').first();

    await block.locator('button').click();
    await page.waitForFunction(() => document.querySelector('.code button').textContent === 'Copied', null, { timeout: 3000 });
    equal(await page.evaluate(() => navigator.clipboard.readText()), await block.locator('pre').textContent(), 'clipboard');
  }));

await test('links: into a closed card opens it; every one has its target', () =>
  withPage(browser, {}, async (page) => {
    const id = await page.evaluate(() => {
      const card = [...document.querySelectorAll('.card')].find((c) => !c.querySelector(':scope > details').open);

      return card && card.id;
    });

    assert(id, 'no closed card');
    await page.evaluate((hash) => { location.hash = hash; }, id);
    await page.locator(`[id="${id}"] .body`).waitFor({ state: 'visible', timeout: 3000 });
    equal(await page.evaluate(() => [...document.querySelectorAll('a[href^="#"]')]
      .filter((a) => !document.getElementById(a.getAttribute('href').slice(1))).length), 0, 'dangling links');
    equal(await page.evaluate(() => [...document.querySelectorAll('a[href]:not([href^="#"])')]
      .filter((a) => a.protocol !== 'https:' || !a.relList.contains('noopener')).length), 0, 'unsafe links');
  }));

await test('keyboard: skip link, filters, headings and cards are reached and work', () =>
  withPage(browser, {}, async (page) => {
    await page.keyboard.press('Tab');
    equal(await page.evaluate(() => document.activeElement.className), 'skip', 'first stop');
    assert(await page.locator('.skip').evaluate((e) => e.getBoundingClientRect().left >= 0), 'the skip link does not show');
    await page.keyboard.press('Enter');
    equal(await page.evaluate(() => document.activeElement.id), 'main', 'where it leads');
    const seen = new Set();
    for (let i = 0; i < 400; i++) {
      await page.keyboard.press('Tab');
      const now = await page.evaluate(() => {
        const e = document.activeElement;
        const outline = getComputedStyle(e).outlineStyle;

        return { what: e.id === 'toggle' ? 'toggle' : e.name || (e.closest('th') ? 'sort' : e.tagName === 'SUMMARY' && e.closest('.card') ? 'card' : e.tagName), outline };
      });
      seen.add(now.what);
      if (now.what !== 'BODY') assert(now.outline !== 'none', `no focus ring on ${now.what}`);
      if (now.what === 'card') break;
    }
    for (const what of ['text', 'outcome', 'service', 'severity', 'toggle', 'sort', 'card'])
      assert(seen.has(what), `${what} cannot be reached (${[...seen]})`);
    const open = () => page.evaluate(() => document.activeElement.parentElement.open);
    const before = await open();
    await page.keyboard.press('Enter');
    equal(await open(), !before, 'the card');
  }));

await test('print: closed parts open for it and close again; links show where they lead', () =>
  withPage(browser, {}, async (page) => {
    const closed = () => page.locator('.card details:not([open]):not(.aside)').count();
    const before = await closed();

    assert(before > 0, 'nothing is closed');
    await page.evaluate(() => window.dispatchEvent(new Event('beforeprint')));
    equal(await closed(), 0, 'closed in print');
    await page.evaluate(() => window.dispatchEvent(new Event('afterprint')));
    equal(await closed(), before, 'closed afterwards');
    await page.emulateMedia({ media: 'print' });
    assert(!(await page.locator('nav.side').isVisible()) && !(await page.locator('#filters').isVisible()), 'controls in print');
    const pdf = await page.pdf({ preferCSSPageSize: true });
    assert(pdf.length > 10 * KIB, `a PDF of ${pdf.length} bytes`);
  }));

if (screenshotPath)
  await test(`screenshot: ${screenshotPath}`, () =>
    withPage(browser, {}, async (page) => {
      await page.screenshot({ path: screenshotPath, fullPage: true });
      assert(statSync(screenshotPath).size > 10 * KIB, 'the picture is empty');
    }));

await finish();
