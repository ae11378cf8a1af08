#define TRANCHE_KERNELS kernels_avx512
#define TRANCHE_KERNEL_NAME "avx512"
#define TRANCHE_KERNEL_LANES 16
#define TRANCHE_KERNEL_ROWS 12
#include "kernels.inl"
