// What is wrong with an answer, in the server's words.

function faultOf(question) {
  var given = values(question),
    kind = dataOf(question, 't'),
    number,
    count = given.length;
  if (!count)
    return dataOf(question, 'r') === null
      ? ''
      : texts[/integer|decimal|text/.test(kind) ? 'missing_written' : 'missing'];
  if (kind == 'integer' || kind == 'decimal') {
    number = halfWidth(given[0]);
    if (!/^[+-]?(\d+\.?\d*|\.\d+)$/.test(number) || /^-[0.]+$/.test(number))
      return fillIn('not_a_number', { given: number });
    if (kind == 'integer' && /\./.test(number))
      return fillIn('not_a_whole_number', { given: number });
    if (kind == 'decimal' && (number.split('.')[1] || '').length > +dataOf(question, 'd'))
      return fillIn('too_many_decimals', { decimals: dataOf(question, 'd') });
    if (dataOf(question, 'min') !== null && +number < +dataOf(question, 'min'))
      return fillIn('below_min', { min: dataOf(question, 'min') });
    if (dataOf(question, 'max') !== null && +number > +dataOf(question, 'max'))
      return fillIn('above_max', { max: dataOf(question, 'max') });
  }
  if (kind == 'multiple' && !all('[data-alone]:checked', question)[0]) {
    if (count < +dataOf(question, 'min'))
      return fillIn('too_few_choices', { min_choices: dataOf(question, 'min') });
    if (count > +dataOf(question, 'max'))
      return fillIn('too_many_choices', { max_choices: dataOf(question, 'max') });
  }
  return evaluateRule(question, 'v') === false ? dataOf(question, 'vt') || texts.invalid : '';
}

function showFault(question, message) {
  var line = all('.err', question)[0],
    id = 'e-' + codeOf(question),
    hint = all('.hint', question)[0];
  if (!line) {
    line = append('p', '');
    line.className = 'err';
    line.id = id;
    question.insertBefore(line, question.children[1] || null);
  }
  line.textContent = message;
  line.hidden = !message;
  question.classList.toggle('bad', !!message);
  (question.tagName == 'FIELDSET' ? [question] : fields(question)).forEach(function (node) {
    node.setAttribute('aria-describedby', (message ? id : '') + (hint ? ' ' + hint.id : ''));
    if (node != question) node.setAttribute('aria-invalid', !!message);
  });
}

function goTo(question) {
  var step = steps.indexOf(question.parentNode),
    first = all('input:checked', question)[0] || fields(question)[0];
  if (step != current) showStep(step, true);
  question.scrollIntoView();
  first.focus();
}

function showSummary(faulty) {
  var box = byId('sum'),
    list;
  box.textContent = '';
  box.hidden = !faulty.length;
  doc.title =
    (faulty.length ? texts.error_prefix : '') + heading().textContent.trim() + ' · ' + pageTitle;
  if (!faulty.length) return false;
  append('h2', texts.errors, box);
  list = append('ul', '', box);
  faulty.forEach(function (question) {
    var link = append(
      'a',
      fillIn('fault_line', {
        question: textOf(question),
        message: all('.err', question)[0].textContent
      }),
      append('li', '', list)
    );
    link.href = '#' + question.id;
    link.onclick = function (event) {
      event.preventDefault();
      goTo(question);
    };
  });
  box.focus();
  return true;
}

function findFaults(list) {
  return list.filter(isAsked).filter(function (question) {
    var message = faultOf(question);
    showFault(question, message);
    return message;
  });
}

function textOf(question) {
  return all('.ask', question)[0].textContent.trim();
}
