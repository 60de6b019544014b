"""A Kalman filter over the fixes of one animal: position and velocity, both axes side by side.

Both axes move by the same law and have the same errors, so that they share one covariance; a third
column of ones goes through the same filter, from which the unknown mean follows exactly (Fleming
et al. 2017, Ecological Informatics 40:8-21). What needs ``exp`` or ``log`` is done outside: here
are sums, products and quotients alone, and the readable twin gives the same bits.
"""

from __future__ import annotations

from corridor_sim.kernels.jit import kernel


@kernel(allocates=False)
def filter_fixes(which, transition, noise, start, error, column, variance, innovation):
    """Set ``variance`` ``[n]`` and ``innovation`` ``[n, 3]`` to what each fix brings.

    Parameters
    ----------
    which : int64 ``[n]``
        Row of ``transition`` and ``noise`` that leads to each fix.
    transition : float64 ``[m, 4]``
        Position from position, position from velocity, velocity from position, from velocity.
    noise : float64 ``[m, 3]``
        Variance of position, covariance, variance of velocity.
    start : float64 ``[3]``
        The same of the state before the first transition, whose mean is 0.
    error : float64 ``[n]``
        Variance of each fix's location error.
    column : float64 ``[n, 3]``
        What is filtered: east, north and ones.
    """
    x0, v0, x1, v1, x2, v2 = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    xx, xv, vv = start[0], start[1], start[2]
    for i in range(which.size):
        k = which[i]
        a, b = transition[k, 0], transition[k, 1]
        c, d = transition[k, 2], transition[k, 3]
        x0, v0 = a * x0 + b * v0, c * x0 + d * v0
        x1, v1 = a * x1 + b * v1, c * x1 + d * v1
        x2, v2 = a * x2 + b * v2, c * x2 + d * v2
        # covariance of the state, its two rows times the transposed transition
        left = a * xx + b * xv
        right = a * xv + b * vv
        low = c * xv + d * vv
        vv = c * (c * xx + d * xv) + d * low + noise[k, 2]
        xv = left * c + right * d + noise[k, 1]
        xx = left * a + right * b + noise[k, 0]
        total = xx + error[i]
        gain = xx / total
        turn = xv / total
        e0 = column[i, 0] - x0
        e1 = column[i, 1] - x1
        e2 = column[i, 2] - x2
        x0, v0 = x0 + gain * e0, v0 + turn * e0
        x1, v1 = x1 + gain * e1, v1 + turn * e1
        x2, v2 = x2 + gain * e2, v2 + turn * e2
        vv = vv - turn * xv
        # what the error leaves; exactly nothing where a fix has none
        xv = turn * error[i]
        xx = gain * error[i]
        variance[i] = total
        innovation[i, 0] = e0
        innovation[i, 1] = e1
        innovation[i, 2] = e2
