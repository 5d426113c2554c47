// The forms of the HTML report in a real browser: node pages.mjs FOLDER (made by pages.sh).
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { assert, axe, equal, finish, openAll, test, urlOf, withPage } from './lib.mjs';

const [, , folder] = process.argv;
const url = (name) => urlOf(join(folder, `${name}.html`));
const ROWS = 2345;

await test('rows: unpacked on demand, by keyboard, a hundred at a time, and said so', () =>
  withPage(url('rows'), {}, async (page) => {
    const box = page.locator('#TEST-ROWS-001 .all-rows');
    const status = box.locator('output');

    equal(await page.locator('#TEST-ROWS-001 tbody tr').count(), 100, 'rows before');
    equal(await box.locator('button').textContent(), 'Show all 2,345 rows', 'the button');
    await box.locator('button').focus();
    await page.keyboard.press('Enter');
    await status.waitFor({ timeout: 5000 });
    equal(await status.textContent(), 'Rows 1 to 100 of 2,345', 'first page');
    equal(await status.getAttribute('aria-live'), 'polite', 'aria-live');
    equal(await box.locator('tbody tr').count(), 100, 'rows');
    equal(await box.locator('thead th').allTextContents().then((t) => t.join()), 'Resource,id,Outcome,Reason,digit', 'columns');
    await box.locator('button', { hasText: 'Next' }).click();
    equal(await status.textContent(), 'Rows 101 to 200 of 2,345', 'second page');
    equal(await box.locator('tbody tr').first().locator('td').first().textContent(), 'r00101', 'its first id');
    await page.keyboard.press('Tab');
    await box.locator('input').fill('row 234');
    equal(await status.textContent(), 'Rows 1 to 9 of 9', 'found'); // 234, 1234, 2234, 2340 to 2345
    await box.locator('input').fill('');
    await box.locator('thead button', { hasText: 'Reason' }).click();
    await box.locator('thead button', { hasText: 'Reason' }).click();
    equal(await box.locator('th[aria-sort]').getAttribute('aria-sort'), 'descending', 'aria-sort');
    equal(await box.locator('tbody tr').first().locator('td').nth(2).textContent(), 'row 999', 'last by letters');
    await axe(page);
  }));

await test('rows: names of strangers are text, and saved as no formula', () =>
  withPage(url('rows'), { acceptDownloads: true }, async (page) => {
    const box = page.locator('#TEST-ROWS-001 .all-rows');

    await box.locator('button').click();
    await box.locator('input').fill('img src');
    equal(await box.locator('tbody th').textContent(), '=1+1 </script><img src=x onerror=alert(1)>', 'the name');
    await box.locator('input').fill('');
    const [download] = await Promise.all([page.waitForEvent('download'), box.locator('button', { hasText: 'CSV' }).click()]);
    const csv = readFileSync(await download.path(), 'utf8');
    equal(download.suggestedFilename(), 'TEST-ROWS-001.csv', 'file');
    equal(csv.trimEnd().split('\r\n').length, ROWS + 1, 'lines');
    assert(csv.includes('"\'=1+1 </script>'), 'a formula is left');
  }));

await test('rows: without script the page says where they are', () =>
  withPage(url('rows'), { javaScriptEnabled: false }, async (page) => {
    assert((await page.locator('#TEST-ROWS-001 .all-rows').textContent()).includes('csv and json'), 'nothing is said');
    equal(await page.locator('.all-rows button').count(), 0, 'buttons');
  }));

await test('print profile: no script, everything open, contents first, axe finds nothing', () =>
  withPage(url('print'), {}, async (page) => {
    equal(await page.locator('script').count(), 0, 'scripts');
    equal(await page.locator('details:not([open])').count(), 0, 'closed parts');
    equal(await page.evaluate(() => [...document.querySelectorAll('.contents a')]
      .filter((a) => !document.getElementById(a.hash.slice(1))).length), 0, 'dangling entries');
    assert(await page.locator('.contents a').count() > 20, 'no findings in the contents');
    await page.emulateMedia({ media: 'print' });
    await axe(page, { 'target-size': { enabled: false } });
    assert((await page.pdf({ preferCSSPageSize: true })).length > 50 * 1024, 'no PDF');
  }));

for (const scheme of ['light', 'dark'])
  await test(`German: axe in the ${scheme} theme, open`, () =>
    withPage(url('german'), { colorScheme: scheme }, async (page) => {
      equal(await page.getAttribute('html', 'lang'), 'de', 'lang');
      await openAll(page);
      await axe(page);
    }));

await test('German: the script speaks it, too, and sorts by numbers and severities', () =>
  withPage(url('german'), {}, async (page) => {
    const total = await page.locator('[data-rule]').count();

    equal(await page.locator('#shown').textContent(), `${total} Regeln`, 'count');
    await page.selectOption('#filters select[name=outcome]', 'fail');
    await page.waitForFunction(() => / von \d+ Regeln gezeigt/.test(document.getElementById('shown').textContent), null, { timeout: 3000 });
    equal(await page.locator('#toggle').textContent(), 'Alle öffnen', 'toggle');
    await page.evaluate(() => { document.querySelector('#sec-pass details').open = true; });
    await page.click('#filters button[type=reset]');
    await page.locator('#sec-pass thead th button').nth(1).click();
    const ranks = await page.locator('#sec-pass tbody tr').evaluateAll((rows) => rows.map((r) =>
      ['critical', 'high', 'medium', 'low', 'info'].indexOf(r.dataset.severity)));
    assert(ranks.every((v, i) => i === 0 || ranks[i - 1] <= v), `not by severity: ${ranks}`);
  }));

for (const scheme of ['light', 'dark'])
  await test(`brand: logo, client and colour in the ${scheme} theme, and no more`, () =>
    withPage(url('brand'), { colorScheme: scheme }, async (page) => {
      equal(await page.locator('h1').textContent(), 'Larkfield Logistics Ltd', 'client');
      equal(await page.locator('img').count(), 1, 'pictures');
      assert(await page.locator('img.logo').evaluate((i) => i.complete && i.naturalWidth === 1), 'the logo does not show');
      equal(await page.locator('img.logo').getAttribute('alt'), 'Example Security', 'alt');
      equal(await page.evaluate(() => getComputedStyle(document.querySelector('.top')).borderTopColor),
        scheme === 'light' ? 'rgb(122, 31, 92)' : 'rgb(140, 194, 242)', 'the line at the top');
      assert((await page.locator('.confidential').textContent()).includes('</style>'), 'the line of confidentiality');
      await openAll(page);
      await axe(page);
    }));

// For people to look at; kept beside the pages.
for (const [name, options, media] of [
  ['light', { viewport: { width: 1280, height: 2400 } }, 'screen'],
  ['dark', { viewport: { width: 1280, height: 2400 }, colorScheme: 'dark' }, 'screen'],
  ['narrow', { viewport: { width: 390, height: 2400 } }, 'screen'],
  ['paper', { viewport: { width: 794, height: 2400 } }, 'print'],
])
  await test(`picture: ${name}.png`, () =>
    withPage(url(name === 'paper' ? 'print' : 'brand'), options, async (page) => {
      const path = join(folder, `${name}.png`);

      await page.emulateMedia({ media });
      await page.screenshot({ path });
      assert(statSync(path).size > 30 * 1024, 'the picture is empty');
    }));

await finish();
