
/* Only adds to a page that is whole without it: search and filters, sorting, copy buttons, links to
 * rules, the rows that are packed into the page, and opening what is closed before printing or when
 * a link points into it. Its words are attributes of <main>, so that every language has its own. */
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

  /* A text of the page's language: {n}, {of}, {more}, {a} filled in. */
  function say(name, values) {
    return (doc.getElementById('main').getAttribute('data-' + name) || '').replace(/\{(\w+)\}/g,
      function (whole, key) { return values && key in values ? values[key] : whole; });
  }

  function count(n) {
    return String(n).replace(/\B(?=(\d{3})+$)/g, doc.documentElement.lang === 'de' ? '.' : ',');
  }

  function textButton(text, act) {
    var b = make('button', text);
    b.type = 'button';
    b.addEventListener('click', act);
    return b;
  }

  doc.documentElement.classList.add('js');

  /* A region that scrolls is a stop for the Tab key, and has the name of its table. */
  function fitRegions() {
    all('.scroll').forEach(function (e) {
      var caption = e.querySelector('caption');

      if (e.scrollWidth > e.clientWidth + 1) {
        e.tabIndex = 0;
        e.setAttribute('role', 'group');
        e.setAttribute('aria-label', caption ? caption.textContent : '');
      } else {
        ['tabindex', 'role', 'aria-label'].forEach(function (a) { e.removeAttribute(a); });
      }
    });
  }

  /* ---- filters ---- */
  var form = doc.getElementById('filters');
  var rules = all('[data-rule]');
  var isReady = false;
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
      say('shown', { n: shown, of: rules.length }) : say('shown-all', { n: rules.length });
    remember(words.length || outcome || service || filtered ? {
      text: form.elements.text.value, outcome: outcome, service: service,
      severity: all('input[name=severity]', form).filter(function (b) { return b.checked; })
        .map(function (b) { return b.value; }).join(',')
    } : null);
  }

  /* The filters stand behind "#?" in the address, so that a link can carry them. */
  function remember(state) {
    var parts = [];

    if (!isReady) return;
    for (var key in state || {}) {
      if (state[key] && !(key === 'severity' && state[key].split(',').length === 5))
        parts.push(key + '=' + encodeURIComponent(state[key]));
    }
    if (parts.length || location.hash.indexOf('#?') === 0)
      history.replaceState(null, '', parts.length ? '#?' + parts.join('&') : '#sec-fail');
  }

  function recall() {
    if (!form || location.hash.indexOf('#?') !== 0) return false;
    isReady = false;
    form.reset();
    location.hash.slice(2).split('&').forEach(function (pair) {
      var at = pair.indexOf('=');
      var key = pair.slice(0, at);
      var value = '';

      try { value = decodeURIComponent(pair.slice(at + 1)); } catch (e) { return; }
      if (key === 'severity')
        all('input[name=severity]', form).forEach(function (b) {
          b.checked = value.split(',').indexOf(b.value) >= 0;
        });
      else if (key === 'text' || key === 'outcome' || key === 'service')
        form.elements[key].value = value;
    });
    isReady = true;
    setTimeout(apply, 20); /* after the reset that is on its way */
    doc.getElementById('sec-fail').scrollIntoView();
    return true;
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
      toggle.textContent = say(open ? 'close' : 'open');
      fitRegions();
    });
    apply();
  }

  /* ---- sorting ---- */
  var ranks = ['critical', 'high', 'medium', 'low', 'info'];

  /* Severities by rank, numbers by value (also the number that leads a cell), else by letters. */
  function keyOf(row, at) {
    var cell = row.cells[at];
    var badge = cell && cell.querySelector('[class*=sev-]');
    var lead = cell && cell.querySelector('strong.n');
    var text = cell ? (lead || cell).textContent.trim() : '';
    var number = (lead ? /^[0-9][0-9.,]*/ : /^[0-9][0-9.,]*$/).exec(text);

    if (badge) return [0, ranks.indexOf(/sev-(\w+)/.exec(badge.className)[1]), ''];
    return number ? [0, Number(number[0].replace(/[.,]/g, '')), ''] : [1, 0, text.toLowerCase()];
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
        var button = textButton(th.textContent, function () { sortBy(table, th, at); });

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
      var button = textButton(say('copy'), function () {
        copyText(pre, function () {
          button.textContent = say('copied');
          setTimeout(function () { button.textContent = say('copy'); }, 2000);
        });
      });

      button.setAttribute('aria-label', say('copy') + ': ' + block.querySelector('.label').textContent);
      block.insertBefore(button, pre);
    });
  }

  /* ---- links to rules ---- */
  function setUpLinks() {
    all('.card').forEach(function (card) {
      var a = make('a', '#');

      a.href = '#' + card.id;
      a.className = 'link';
      a.setAttribute('aria-label', say('link', { a: card.id }));
      card.querySelector('.body').prepend(a);
    });
  }

  /* ---- rows packed into the page: unpacked when asked for, a hundred at a time ---- */
  var PAGE = 100;

  function inflate(script) {
    var text = atob(script.textContent);
    var bytes = new Uint8Array(text.length);

    for (var i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
    return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).json();
  }

  /* The names that all rules share, and the rule's own columns; its first one holds places in the
   * names, each as the distance from the one before. */
  function unpack(script) {
    return Promise.all([inflate(doc.querySelector('script[data-packed=""]')), inflate(script)])
      .then(function (both) {
        var ids = both[0].data[0];
        var names = both[0].data[1];
        var at = 0;
        var places = both[1].data[0].map(function (d) { at += d; return at; });

        both[1].columns.splice(1, 0, 'id');
        both[1].data.splice(0, 1, places.map(function (p) { return names[p]; }),
          places.map(function (p) { return ids[p]; }));
        return both[1];
      });
  }

  /* As the csv report: quoted, and nothing that a spreadsheet takes for a formula. */
  function csvOf(packed, order) {
    function cell(v) {
      return '"' + (/^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/.test(v) ? "'" + v : v).replace(/"/g, '""') + '"';
    }
    return packed.columns.map(cell).join(',') + '\r\n' + order.map(function (i) {
      return packed.data.map(function (column) { return cell(column[i]); }).join(',');
    }).join('\r\n') + '\r\n';
  }

  function save(name, text) {
    var a = make('a');

    a.href = URL.createObjectURL(new Blob([text], { type: 'text/csv' }));
    a.download = name;
    a.click();
    setTimeout(function () { URL.revokeObjectURL(a.href); }, 1000);
  }

  function showRows(box, rule, packed) {
    var order = [];
    var from = 0;
    var down = false;
    var sorted = -1;
    var table = make('table');
    var status = make('output');
    var find = make('input');
    var bar = make('div');
    var scroll = make('div');
    var label = make('label', say('find') + ' ');
    var back = textButton(say('back'), function () { from -= PAGE; draw(); });
    var next = textButton(say('next'), function () { from += PAGE; draw(); });

    function choose() {
      var words = find.value.toLowerCase().split(/\s+/).filter(Boolean);

      order = packed.data[0].map(function (v, i) { return i; }).filter(function (i) {
        return words.every(function (w) {
          return packed.data.some(function (c) { return c[i].toLowerCase().indexOf(w) >= 0; });
        });
      });
      if (sorted >= 0) {
        var c = packed.data[sorted];

        order.sort(function (a, b) {
          var d = c[a] < c[b] ? -1 : c[a] > c[b] ? 1 : 0;
          return (down ? -d : d) || a - b;
        });
      }
      from = 0;
      draw();
    }

    function draw() {
      var body = make('tbody');

      order.slice(from, from + PAGE).forEach(function (i) {
        var row = make('tr');

        packed.data.forEach(function (c, at) {
          var cell = make(at === 0 ? 'th' : 'td', c[i]);

          if (at === 0) cell.scope = 'row';
          row.appendChild(cell);
        });
        body.appendChild(row);
      });
      if (table.tBodies[0]) table.removeChild(table.tBodies[0]);
      table.appendChild(body);
      status.textContent = say('page', { n: count(order.length ? from + 1 : 0),
        of: count(Math.min(from + PAGE, order.length)), more: count(order.length) });
      back.disabled = from === 0;
      next.disabled = from + PAGE >= order.length;
      fitRegions();
    }

    function head() {
      var row = make('tr');

      packed.columns.forEach(function (name, at) {
        var th = make('th');

        th.scope = 'col';
        th.appendChild(textButton(name.replace(/_/g, ' '), function () {
          down = sorted === at && !down;
          sorted = at;
          all('th', row).forEach(function (o) { o.removeAttribute('aria-sort'); });
          th.setAttribute('aria-sort', down ? 'descending' : 'ascending');
          choose();
        }));
        row.appendChild(th);
      });
      table.appendChild(make('thead')).appendChild(row);
    }

    find.type = 'search';
    find.addEventListener('input', choose);
    label.appendChild(find);
    status.setAttribute('aria-live', 'polite');
    bar.className = 'pager';
    [label, back, next, status, textButton(say('save'), function () {
      save(rule + '.csv', csvOf(packed, order));
    })].forEach(function (e) { bar.appendChild(e); });
    scroll.className = 'scroll';
    table.appendChild(make('caption', rule));
    head();
    scroll.appendChild(table);
    box.textContent = '';
    box.appendChild(bar);
    box.appendChild(scroll);
    choose();
    find.focus();
  }

  function setUpPacked() {
    all('script[data-packed]:not([data-packed=""])').forEach(function (script) {
      var box = script.parentElement;
      var button = textButton(say('load', { n: count(script.getAttribute('data-n')) }), function () {
        var rule = script.getAttribute('data-packed');

        Promise.resolve().then(function () { return unpack(script); })
          .then(function (packed) { showRows(box, rule, packed); },
            function () { box.appendChild(make('p', say('failed'))); button.remove(); });
      });

      box.insertBefore(button, script);
    });
  }

  /* ---- links into closed parts; printing ---- */
  function openTarget() {
    var e = null;
    var own;

    if (recall()) return;
    try { e = doc.getElementById(decodeURIComponent(location.hash.slice(1))); } catch (bad) { return; }
    if (!e) return;
    own = e.querySelector(':scope > details');
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
  setUpLinks();
  setUpPacked();
  fitRegions();
  addEventListener('resize', fitRegions);
  doc.addEventListener('toggle', fitRegions, true);
  addEventListener('hashchange', openTarget);
  isReady = true;
  openTarget();
})();
