/* Random walk to eight neighbours in plain C: what a straightforward loop takes per step.
 *
 *     gcc -O3 -march=native -o random_walk random_walk.c -lm
 *     ./random_walk HEIGHT WIDTH WALKERS STEPS TABLE.f32
 *
 * TABLE.f32: running sums of the eight probabilities of each cell, float32 [HEIGHT * WIDTH][8],
 * directions clockwise from north. One walker after the other; xorshift64* for luck.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

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
    if (argc != 6) return 2;
    const long height = atol(argv[1]), width = atol(argv[2]);
    const long walkers = atol(argv[3]), steps = atol(argv[4]);
    const long offset[8] = {-width, -width + 1, 1, width + 1, width, width - 1, -1, -width - 1};
    float *table = malloc((size_t)height * width * 8 * sizeof *table);
    FILE *file = fopen(argv[5], "rb");
    if (!table || !file || fread(table, 32, (size_t)height * width, file) != (size_t)(height * width))
        return 3;
    fclose(file);

    struct timespec a, b;
    long sum = 0;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
    for (long i = 0; i < walkers; i++) {
        long cell = (long)(uniform() * (float)height) * width + (long)(uniform() * (float)width);
        for (long t = 0; t < steps; t++) {
            const float *row = table + 8 * cell;
            const float u = uniform() * row[7];
            int k = 0;
            while (k < 7 && u >= row[k]) k++;
            cell += offset[k];
        }
        sum += cell;
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
    const double ns = 1e9 * (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec);
    printf("%.2f ns a step (check %ld)\n", ns / ((double)walkers * steps), sum);
    free(table);
    return 0;
}
