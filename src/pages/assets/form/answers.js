// Answers, and which questions are asked.

function isChoice(field) {
  return /radio|checkbox/.test(field.type);
}

// The id of a question is `q-` and its code.
function codeOf(question) {
  return question.id.slice(2);
}

function fields(question) {
  return all('[name]', question);
}

function values(question) {
  return fields(question)
    .filter(function (field) {
      return (!isChoice(field) || field.checked) && field.value.trim();
    })
    .map(function (field) {
      return field.value;
    });
}

function isAsked(question) {
  return !question.hidden && dataOf(question.parentNode, 'off') === null;
}

function answerTo(code) {
  if (code == 'mode') return 'online';
  var question = byId('q-' + code),
    given = question && isAsked(question) ? values(question) : [],
    type = question && dataOf(question, 'k');
  if (!given.length) return null;
  if (type == 's') return given;
  if (type != 'n') return given[0].trim();
  return isNaN(+halfWidth(given[0])) ? null : +halfWidth(given[0]);
}

function evaluateRule(node, attribute) {
  attribute = dataOf(node, attribute);
  return attribute === null ? null : evaluate(JSON.parse(attribute), answerTo);
}

function questions(step) {
  return all('[data-q]', step);
}

function applyCondition(node, setOff) {
  if (dataOf(node, 'if') !== null) setOff(evaluateRule(node, 'if') !== true);
}

// Shows and hides by `ask_if`, in page order: a rule only uses questions before it.
function applyConditions() {
  steps.forEach(function (step) {
    applyCondition(step, function (isOff) {
      if (isOff) step.setAttribute('data-off', '');
      else step.removeAttribute('data-off');
    });
    all('[data-if]', step).forEach(function (node) {
      applyCondition(node, function (isOff) {
        node.hidden = isOff;
      });
    });
  });
  all('.row').forEach(function (row) {
    row.classList.toggle('on', row.firstElementChild.checked);
  });
}
