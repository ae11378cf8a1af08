#define TRANCHE_KERNELS kernels_plain
#define TRANCHE_KERNEL_NAME "plain"
#define TRANCHE_KERNEL_LANES 4
#define TRANCHE_KERNEL_ROWS 6
#include "kernels.inl"
