/* Stochastic movement simulator in plain C: eight precomputed weights a cell, persistence from the
 * last MEMORY moves, a mortality draw and a check of settlement that never come true.
 *
 *     gcc -O3 -march=native -o sms sms.c -lm
 *     ./sms HEIGHT WIDTH WALKERS STEPS PERSISTENCE WEIGHTS.f32
 *
 * WEIGHTS.f32: weights of the steps, float32 [HEIGHT * WIDTH][8], directions clockwise from north.
 * Prints the time per step, the mean displacement and its mean square, in cells.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define MEMORY 3

static uint64_t state = 88172645463325252ULL;

static inline float uniform(void)
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (float)((state * 2685821657736338717ULL) >> 40) * (1.0f / 16777216.0f);
}

int main(int argc, char **argv)
{
    if (argc != 7) return 2;
    const long height = atol(argv[1]), width = atol(argv[2]);
    const long walkers = atol(argv[3]), steps = atol(argv[4]);
    const float persistence = (float)atof(argv[5]);
    static const int dr[8] = {-1, -1, 0, 1, 1, 1, 0, -1}, dc[8] = {0, 1, 1, 1, 0, -1, -1, -1};
    const size_t cells = (size_t)height * (size_t)width;
    float *weights = malloc(cells * 8 * sizeof *weights);
    float *mortality = malloc(cells * sizeof *mortality);
    int16_t *zone = malloc(cells * sizeof *zone);
    FILE *file = fopen(argv[6], "rb");
    if (!weights || !mortality || !zone || !file || fread(weights, 32, cells, file) != cells) return 3;
    fclose(file);
    /* written to, or all of it would be one page of zeros that never leaves the cache */
    volatile int none = 0;
    for (size_t c = 0; c < cells; c++) mortality[c] = (float)none, zone[c] = (int16_t)none;

    /* factor[heading][k]; heading 8 = none. towards[dy + MEMORY][dx + MEMORY] */
    float factor[9][8];
    int towards[2 * MEMORY + 1][2 * MEMORY + 1];
    for (int h = 0; h < 9; h++)
        for (int k = 0; k < 8; k++) {
            int a = abs(h - k) > 4 ? 8 - abs(h - k) : abs(h - k);
            factor[h][k] = h == 8 ? 1.0f : powf(persistence, (float)-a);
        }
    for (int y = -MEMORY; y <= MEMORY; y++)
        for (int x = -MEMORY; x <= MEMORY; x++)
            towards[y + MEMORY][x + MEMORY] =
                ((int)lround(atan2(x, -y) / (atan(1.0))) + 8) % 8;

    struct timespec a, b;
    double far = 0, square = 0;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
    for (long i = 0; i < walkers; i++) {
        /* from the middle, as far from the edge as a walk goes */
        int row = (int)((0.3f + 0.4f * uniform()) * (float)height);
        int col = (int)((0.3f + 0.4f * uniform()) * (float)width);
        const int row0 = row, col0 = col;
        int past_row[MEMORY], past_col[MEMORY], last = 8;
        for (int m = 0; m < MEMORY; m++) past_row[m] = row, past_col[m] = col;
        for (long t = 0; t < steps; t++) {
            const size_t cell = (size_t)row * (size_t)width + (size_t)col;
            if (uniform() < mortality[cell]) break;
            const int slot = (int)(t % MEMORY);
            const int dy = row - past_row[slot], dx = col - past_col[slot];
            const int heading = dy || dx ? towards[dy + MEMORY][dx + MEMORY] : last;
            float sum[8], total = 0.0f;
            for (int k = 0; k < 8; k++) {
                total += weights[8 * cell + k] * factor[heading][k];
                sum[k] = total;
            }
            const float u = uniform() * total;
            int k = 0;
            while (k < 7 && u >= sum[k]) k++;
            past_row[slot] = row;
            past_col[slot] = col;
            row += dr[k];
            col += dc[k];
            last = k;
            if (zone[(size_t)row * (size_t)width + (size_t)col] != 0) break;
        }
        const double d2 = (double)(row - row0) * (row - row0) + (double)(col - col0) * (col - col0);
        far += sqrt(d2);
        square += d2;
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
    const double ns = 1e9 * (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec);
    printf("%.2f ns a step, displacement %.1f, mean square %.0f\n",
           ns / ((double)walkers * (double)steps), far / walkers, square / walkers);
    free(weights);
    free(mortality);
    free(zone);
    return 0;
}
