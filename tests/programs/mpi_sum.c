/* An MPI program: adds its argument once for each rank; rank 0 prints the sum and how many there were. With a second
 * argument `hang` the last rank never arrives; with `crash` it aborts. */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  int rank = 0;
  int ranks = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  const char* mode = argc > 2 ? argv[2] : "";
  if (rank == ranks - 1 && strcmp(mode, "hang") == 0) sleep(1000);
  if (rank == ranks - 1 && strcmp(mode, "crash") == 0) abort();
  double own = argc > 1 ? atof(argv[1]) : 0;
  double sum = 0;
  MPI_Reduce(&own, &sum, 1, MPI_DOUBLE, MPI_SUM, 0, MPI_COMM_WORLD);
  if (rank == 0) printf("sum = %.17g\nranks = %d\n", sum, ranks);
  MPI_Finalize();
  return 0;
}
