"""Where ways fork, by language; a function within another counts alone."""

from __future__ import annotations

import pytest

from secloop.stages.test.quality.complexity import functions_of
from secloop.stages.test.sast.fronts import front_of

CASES = {
    "python": (
        """
def f(a):
    if a and b or c:
        return 1
    elif d:
        return 2
    for x in y:
        pass
    return [i for i in z if i]

class A:
    def m(self):
        try:
            return 1 if a else 2
        except E:
            pass
        match a:
            case 1: pass
            case 2: pass
""",
        {"f": 8, "A.m": 5},
    ),
    "javascript": (
        """
function f(a) {
  if (a && b) { return a ?? b }
  while (x) {}
  switch (y) { case 1: case 2: default: }
  return () => c ? 1 : 2
}
""",
        {"f": 7, "f.(anonymous)": 2},
    ),
    "java": (
        """
class A {
  int m(int a) {
    for (int i : l) { if (a > 1 || i > 2) { return 1; } }
    try { n(); } catch (E e) { }
    return a > 0 ? 1 : 2;
  }
  abstract void n();
}
""",
        {"A.m": 6},
    ),
    "go": (
        """
package a
func F(a int) {
	for { if a > 1 && b { } }
	switch a { case 1: case 2: default: }
	go func() { }()
}
""",
        {"F": 6, "F.(anonymous)": 1},
    ),
}


@pytest.mark.parametrize("language", CASES)
def test_complexity_is_one_more_than_the_forks(language: str) -> None:
    text, expected = CASES[language]
    front = front_of(language)
    assert front is not None
    root, _ = front.lower(text.encode())
    assert {one.name: one.complexity for one in functions_of(root, lambda _: 1)} == expected
