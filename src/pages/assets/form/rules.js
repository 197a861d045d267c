// Rules, in the compiled form that the server evaluates too. `null` is unknown.

function evaluate(expression, answerOf) {
  if (!Array.isArray(expression)) return expression;
  var operator = expression[0],
    left,
    right,
    i,
    isUnknown = false;
  if (operator == 'q') {
    left = answerOf(expression[1]);
    return left === undefined ? null : left;
  }
  if (operator == 'answered') return answerOf(expression[1]) != null;
  if (operator == 'count') {
    left = answerOf(expression[1]);
    return left == null ? 0 : Array.isArray(left) ? left.length : 1;
  }
  if (operator == 'and' || operator == 'or') {
    for (i = 1; i < expression.length; i++) {
      left = evaluate(expression[i], answerOf);
      if (left === (operator == 'or')) return left;
      if (left === null) isUnknown = true;
    }
    return isUnknown ? null : operator == 'and';
  }
  left = evaluate(expression[1], answerOf);
  if (left === null) return null;
  if (operator == 'not') return !left;
  if (operator == 'neg') return -left;
  if (operator == 'in')
    return (Array.isArray(left) ? left : [left]).some(function (value) {
      return expression[2].some(function (option) {
        return Array.isArray(left) ? String(value) === String(option) : value === option;
      });
    });
  right = evaluate(expression[2], answerOf);
  if (right === null) return null;
  switch (operator) {
    case '=':
      return left === right;
    case '!=':
      return left !== right;
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return right === 0 ? null : left / right;
  }
  return null;
}
// Tests evaluate rules by this name.
win.minyiRule = evaluate;
