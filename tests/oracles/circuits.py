"""Circuits and walks in plain Python: loops over cells, exact fractions where they stay exact.

Written from the definitions and slow on purpose; nothing here uses the package.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

Edge = tuple[int, int, Any]


def grid_edges(
    conductance: Sequence[Sequence[Any]],
    *,
    neighbours: int = 4,
    average: str = "conductance",
    labels: Sequence[Sequence[int]] | None = None,
) -> tuple[dict[tuple[int, int], int], list[Edge]]:
    """Return the node of each cell and the edges; 0 is no data, a label above 0 one node."""
    rows, cols = len(conductance), len(conductance[0])
    node: dict[tuple[int, int], int] = {}
    of_label: dict[int, int] = {}
    n = 0
    for r in range(rows):
        for c in range(cols):
            if conductance[r][c] > 0:
                label = labels[r][c] if labels else 0
                if label and label in of_label:
                    node[r, c] = of_label[label]
                    continue
                node[r, c] = n
                if label:
                    of_label[label] = n
                n += 1
    for r in range(rows):
        for c in range(cols):
            label = labels[r][c] if labels else 0
            if conductance[r][c] == 0 and label in of_label:
                node[r, c] = of_label[label]
    edges: list[Edge] = []
    for (r, c), a in sorted(node.items()):
        for down, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
            b = node.get((r + down, c + right))
            diagonal = bool(down and right)
            if b is None or b == a or (diagonal and neighbours == 4):
                continue
            g, h = conductance[r][c], conductance[r + down][c + right]
            if average == "conductance":
                joint = (g + h) / 2
            else:
                joint = 2 * g * h / (g + h) if g and h else 0
            if joint:
                edges.append((a, b, joint / math.sqrt(2) if diagonal else joint))
    return node, edges


def solve(matrix: list[list[Any]], right: list[Any]) -> list[Any]:
    """Gauss-Jordan elimination with the largest pivot; exact for fractions."""
    n = len(matrix)
    rows = [[*row, b] for row, b in zip(matrix, right, strict=True)]
    for k in range(n):
        best = max(range(k, n), key=lambda i: abs(rows[i][k]))
        rows[k], rows[best] = rows[best], rows[k]
        pivot = rows[k][k]
        rows[k] = [x / pivot for x in rows[k]]
        for i in range(n):
            if i != k and rows[i][k]:
                factor = rows[i][k]
                rows[i] = [x - factor * y for x, y in zip(rows[i], rows[k], strict=True)]
    return [row[n] for row in rows]


def resistance(n: int, edges: list[Edge], a: int, b: int) -> Any:
    """Effective resistance between two nodes of a connected network: 1 A in at a, b at 0 V."""
    laplacian: list[list[Any]] = [[Fraction(0)] * n for _ in range(n)]
    for i, j, g in edges:
        laplacian[i][i] += g
        laplacian[j][j] += g
        laplacian[i][j] -= g
        laplacian[j][i] -= g
    free = [i for i in range(n) if i != b]
    volts = solve([[laplacian[i][j] for j in free] for i in free], [Fraction(i == a) for i in free])
    return dict(zip(free, volts, strict=True)).get(a, Fraction(0))


def walk(n: int, edges: list[Edge], death: Sequence[Any], stay: Sequence[Any]) -> list[list[Any]]:
    """Transition probabilities ``Q`` of the walk with death."""
    weight: list[list[Any]] = [[Fraction(0)] * n for _ in range(n)]
    for i, j, g in edges:
        weight[i][j] += g
        weight[j][i] += g
    out = []
    for i in range(n):
        degree = sum(weight[i])
        leaves = 1 - death[i] - stay[i] if degree else 0
        row = [leaves * w / degree if degree else w for w in weight[i]]
        row[i] += 1 - death[i] - leaves
        out.append(row)
    return out


def fundamental(q: list[list[Any]]) -> list[list[Any]]:
    """``(I - Q)^-1``, row by row."""
    n = len(q)
    transposed = [[(i == j) - q[j][i] for j in range(n)] for i in range(n)]
    return [solve(transposed, [Fraction(i == k) for i in range(n)]) for k in range(n)]
