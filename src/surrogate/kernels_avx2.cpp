#define TRANCHE_KERNELS kernels_avx2
#define TRANCHE_KERNEL_NAME "avx2"
#define TRANCHE_KERNEL_LANES 8
#define TRANCHE_KERNEL_ROWS 6
#include "kernels.inl"
