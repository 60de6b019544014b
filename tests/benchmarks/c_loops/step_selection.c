/* Integrated step selection in plain C: ten candidates from look-up tables of step lengths and
 * turning angles, weighed by a raster of selection strengths, one chosen in proportion.
 *
 *     gcc -O3 -march=native -o step_selection step_selection.c -lm
 *     ./step_selection HEIGHT WIDTH ANIMALS STEPS LENGTHS.f32 TURNS.f32 WEIGHT.f32
 *
 * LENGTHS.f32: 4096 quantiles of the step length in cells; TURNS.f32: 4096 cosines, then 4096
 * sines; WEIGHT.f32: float32 [HEIGHT][WIDTH]. A candidate outside weighs nothing; no barriers, no
 * hazards, no tallies. One animal after the other; xorshift64* for luck.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define CANDIDATES 10
#define BINS 4096

static uint64_t state = 88172645463325252ULL;

static inline uint64_t word(void)
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return state * 2685821657736338717ULL;
}

static inline float uniform(void) { return (float)(word() >> 40) * (1.0f / 16777216.0f); }

static int fill(const char *name, float *into, size_t n)
{
    FILE *file = fopen(name, "rb");
    if (!file) return 0;
    const size_t found = fread(into, sizeof *into, n, file);
    fclose(file);
    return found == n;
}

int main(int argc, char **argv)
{
    if (argc != 8) return 2;
    const long height = atol(argv[1]), width = atol(argv[2]);
    const long animals = atol(argv[3]), steps = atol(argv[4]);
    const size_t cells = (size_t)height * (size_t)width;
    static float length[BINS], turn[2 * BINS];
    float *weight = malloc(cells * sizeof *weight);
    if (!weight || !fill(argv[5], length, BINS) || !fill(argv[6], turn, 2 * BINS) ||
        !fill(argv[7], weight, cells))
        return 3;

    struct timespec a, b;
    double check = 0;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
    for (long i = 0; i < animals; i++) {
        float x = uniform() * (float)width, y = uniform() * (float)height;
        float hx = 1.0f, hy = 0.0f;
        for (long t = 0; t < steps; t++) {
            float nx[CANDIDATES], ny[CANDIDATES], ux[CANDIDATES], uy[CANDIDATES];
            float sum[CANDIDATES], total = 0.0f;
            for (int k = 0; k < CANDIDATES; k++) {
                const uint64_t w = word();
                const float l = length[(w >> 20) & (BINS - 1)];
                const size_t j = (w >> 40) & (BINS - 1);
                ux[k] = hx * turn[j] - hy * turn[BINS + j];
                uy[k] = hx * turn[BINS + j] + hy * turn[j];
                nx[k] = x + l * ux[k];
                ny[k] = y + l * uy[k];
                if (nx[k] >= 0 && ny[k] >= 0 && nx[k] < (float)width && ny[k] < (float)height)
                    total += weight[(size_t)ny[k] * (size_t)width + (size_t)nx[k]];
                sum[k] = total;
            }
            if (total <= 0.0f) {
                hx = -hx;
                hy = -hy;
                continue;
            }
            const float u = uniform() * total;
            int k = 0;
            while (k < CANDIDATES - 1 && u >= sum[k]) k++;
            x = nx[k];
            y = ny[k];
            const float shrink = 1.5f - 0.5f * (ux[k] * ux[k] + uy[k] * uy[k]);
            hx = ux[k] * shrink;
            hy = uy[k] * shrink;
        }
        check += x + y;
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
    const double ns = 1e9 * (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec);
    printf("%.2f ns a step (check %.0f)\n", ns / ((double)animals * (double)steps), check);
    free(weight);
    return 0;
}
