"""Hidden Markov models: forward and backward passes over sequences, and the likeliest states.

Sequences lie one after another; each begins with the law ``begin``. Densities come divided by the
largest of their row, and the forward law is scaled to one at every time, so nothing underflows
(Zucchini, MacDonald & Langrock 2016, Hidden Markov Models for Time Series, 3.2 and 4.1). Logarithms
are the caller's.
"""

from __future__ import annotations

from corridor_sim.kernels.jit import kernel


@kernel(allocates=False)
def forward(density, first, move, begin, state, scale):
    """Filter the states: ``state[t]`` becomes their law given all up to ``t``.

    Parameters
    ----------
    density : float64 ``[n, m]``
        Of what was observed, by state, up to a factor of each row.
    first : bool ``[n]``
        Where a sequence begins.
    move : float64 ``[m, m]``
        Transition probabilities; rows sum to one.
    begin : float64 ``[m]``
        Law of the first state of a sequence.
    state : float64 ``[n, m]``
        Written.
    scale : float64 ``[n]``
        Written: density of each row given those before; its logarithms sum to the likelihood.
    """
    n, m = density.shape
    for t in range(n):
        total = 0.0
        for j in range(m):
            p = 0.0
            if first[t]:
                p = begin[j]
            else:
                for i in range(m):
                    p += state[t - 1, i] * move[i, j]
            p *= density[t, j]
            state[t, j] = p
            total += p
        scale[t] = total
        for j in range(m):
            state[t, j] /= total


@kernel(allocates=False)
def backward(density, first, move, scale, state, pairs, firsts, work):
    """Smooth what :func:`forward` left: ``state[t]`` becomes the law given the whole sequence.

    Parameters
    ----------
    density, first, move, scale
        As of :func:`forward`.
    state : float64 ``[n, m]``
        Read and written.
    pairs : float64 ``[m, m]``
        Added to: expected numbers of moves from row to column.
    firsts : float64 ``[m]``
        Added to: expected numbers of sequences that begin in each state.
    work : float64 ``[2, m]``
    """
    n, m = density.shape
    for j in range(m):
        work[0, j] = 1.0
    for t in range(n - 1, -1, -1):
        # work[0]: what is to come after t, by the state at t
        if first[t]:
            for j in range(m):
                state[t, j] *= work[0, j]
                firsts[j] += state[t, j]
                work[0, j] = 1.0
            continue
        for j in range(m):
            work[1, j] = density[t, j] * work[0, j] / scale[t]
            state[t, j] *= work[0, j]
        for i in range(m):
            total = 0.0
            for j in range(m):
                both = move[i, j] * work[1, j]
                pairs[i, j] += state[t - 1, i] * both
                total += both
            work[0, i] = total


@kernel(allocates=False)
def likeliest(log_density, first, log_move, log_begin, came, path, work):
    """Write the likeliest states of every sequence (Viterbi 1967) into ``path``.

    Parameters
    ----------
    log_density, first, log_move, log_begin
        As of :func:`forward`, as logarithms.
    came : int8 ``[n, m]``
        Working space: the state before.
    path : int8 ``[n]``
        Written.
    work : float64 ``[2, m]``
    """
    n, m = log_density.shape
    for t in range(n):
        now, before = t % 2, (t + 1) % 2
        for j in range(m):
            best, who = log_begin[j], -1
            if not first[t]:
                best, who = work[before, 0] + log_move[0, j], 0
                for i in range(1, m):
                    value = work[before, i] + log_move[i, j]
                    if value > best:
                        best, who = value, i
            work[now, j] = best + log_density[t, j]
            came[t, j] = who
        if t == n - 1 or first[t + 1]:
            who = 0
            for j in range(1, m):
                if work[now, j] > work[now, who]:
                    who = j
            path[t] = who
    for t in range(n - 1, 0, -1):
        if not first[t]:
            path[t - 1] = came[t, path[t]]
