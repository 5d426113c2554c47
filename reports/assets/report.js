
/* Only adds to a page that is whole without it: search and filters, sorting, copy buttons, and
 * opening what is closed before printing or when a link points into it. */
(function () {
  'use strict';
  var doc = document;

  function all(selector, root) {
    return Array.prototype.slice.call((root || doc).querySelectorAll(selector));
  }

  function make(tag, text) {
    var e = doc.createElement(tag);
    if (text) e.textContent = text;
    return e;
  }

  doc.documentElement.classList.add('js');

  /* A region that does not scroll needs no stop for the Tab key. */
  function fitRegions() {
    all('.scroll, pre').forEach(function (e) {
      if (e.scrollWidth > e.clientWidth + 1) e.setAttribute('tabindex', '0');
      else e.removeAttribute('tabindex');
    });
  }

  /* ---- filters ---- */
  var form = doc.getElementById('filters');
  var rules = all('[data-rule]');
  var texts = rules.map(function () { return null; });

  function textOf(i) {
    if (texts[i] === null) texts[i] = rules[i].textContent.toLowerCase();
    return texts[i];
  }

  function openAround(e) {
    for (var p = e.parentElement; p; p = p.parentElement) if (p.tagName === 'DETAILS') p.open = true;
  }

  function apply() {
    var words = form.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean);
    var outcome = form.elements.outcome.value;
    var service = form.elements.service.value;
    var on = {};
    var shown = 0;
    var filtered = words.length > 0 || outcome !== '' || service !== '';

    all('input[name=severity]', form).forEach(function (box) {
      on[box.value] = box.checked;
      if (!box.checked) filtered = true;
    });
    rules.forEach(function (rule, i) {
      var d = rule.dataset;
      var fits = on[d.severity] && (!outcome || d.outcome === outcome) &&
        (!service || d.service === service) &&
        words.every(function (w) { return textOf(i).indexOf(w) >= 0; });

      rule.hidden = !fits;
      if (fits) {
        shown++;
        if (filtered && rule.tagName === 'TR') openAround(rule);
      }
    });
    all('.service, .group').forEach(function (g) {
      var inside = all('[data-rule]', g);
      g.hidden = filtered && (inside.length === 0 || inside.every(function (r) { return r.hidden; }));
    });
    doc.getElementById('shown').textContent = filtered ?
      'Showing ' + shown + ' of ' + rules.length + ' rules' : rules.length + ' rules';
  }

  function setUpFilters() {
    var toggle = doc.getElementById('toggle');
    var timer = 0;

    if (!form) return;
    form.hidden = false;
    form.addEventListener('submit', function (ev) { ev.preventDefault(); });
    form.addEventListener('input', function () {
      clearTimeout(timer);
      timer = setTimeout(apply, 120);
    });
    form.addEventListener('reset', function () { setTimeout(apply, 0); });
    toggle.addEventListener('click', function () {
      var cards = all('.card > details');
      var open = cards.some(function (d) { return !d.open; });

      cards.forEach(function (d) { d.open = open; });
      toggle.textContent = open ? 'Close all' : 'Open all';
      fitRegions();
    });
    apply();
  }

  /* ---- sorting ---- */
  var ranks = {};
  ['Critical', 'High', 'Medium', 'Low', 'Info'].forEach(function (w, i) { ranks[w] = i; });

  function keyOf(row, at) {
    var text = row.cells[at] ? row.cells[at].textContent.trim() : '';
    var number = /^[0-9][0-9,]*$/.test(text) ? Number(text.replace(/,/g, '')) : NaN;

    if (text in ranks) return [0, ranks[text], ''];
    return isNaN(number) ? [1, 0, text.toLowerCase()] : [0, number, ''];
  }

  function compare(a, b) {
    if (a[0] !== b[0]) return a[0] - b[0];
    if (a[1] !== b[1]) return a[1] - b[1];
    return a[2] < b[2] ? -1 : a[2] > b[2] ? 1 : 0;
  }

  function sortBy(table, th, at) {
    var down = th.getAttribute('aria-sort') === 'ascending';
    var body = table.tBodies[0];
    var rows = Array.prototype.map.call(body.rows, function (row, i) {
      return { row: row, key: keyOf(row, at), at: i };
    });

    rows.sort(function (a, b) {
      var d = compare(a.key, b.key);
      return (down ? -d : d) || a.at - b.at;
    });
    all('th[aria-sort]', table).forEach(function (o) { o.removeAttribute('aria-sort'); });
    th.setAttribute('aria-sort', down ? 'descending' : 'ascending');
    rows.forEach(function (r) { body.appendChild(r.row); });
  }

  function setUpSorting() {
    all('table[data-sortable]').forEach(function (table) {
      if (table.tBodies[0].rows.length < 2) return;
      all('thead th', table).forEach(function (th, at) {
        var button = make('button', th.textContent);

        button.type = 'button';
        button.addEventListener('click', function () { sortBy(table, th, at); });
        th.textContent = '';
        th.appendChild(button);
      });
    });
  }

  /* ---- copying ---- */
  function copyText(pre, done) {
    var range = doc.createRange();
    var selection = getSelection();

    if (navigator.clipboard && navigator.clipboard.writeText) {
      navigator.clipboard.writeText(pre.textContent).then(done, function () {});
      return;
    }
    range.selectNodeContents(pre); /* file:// is no secure context everywhere */
    selection.removeAllRanges();
    selection.addRange(range);
    if (doc.execCommand('copy')) done();
  }

  function setUpCopying() {
    all('.code').forEach(function (block) {
      var pre = block.querySelector('pre');
      var button = make('button', 'Copy');

      button.type = 'button';
      button.setAttribute('aria-label', 'Copy: ' + pre.getAttribute('aria-label'));
      button.addEventListener('click', function () {
        copyText(pre, function () {
          button.textContent = 'Copied';
          setTimeout(function () { button.textContent = 'Copy'; }, 2000);
        });
      });
      block.insertBefore(button, pre);
    });
  }

  /* ---- links into closed parts; printing ---- */
  function openTarget() {
    var e = location.hash.length > 1 && doc.getElementById(decodeURIComponent(location.hash.slice(1)));
    var own = e && e.querySelector(':scope > details');

    if (!e) return;
    if (e.hidden && form) {
      form.reset();
      setTimeout(openTarget, 10);
      return;
    }
    if (own) own.open = true;
    openAround(e);
    e.scrollIntoView();
  }

  var closed = [];
  addEventListener('beforeprint', function () {
    closed = all('details:not([open]):not(.aside)');
    closed.forEach(function (d) { d.open = true; });
  });
  addEventListener('afterprint', function () {
    closed.forEach(function (d) { d.open = false; });
    closed = [];
  });

  setUpFilters();
  setUpSorting();
  setUpCopying();
  fitRegions();
  addEventListener('resize', fitRegions);
  doc.addEventListener('toggle', fitRegions, true);
  addEventListener('hashchange', openTarget);
  openTarget();
})();
