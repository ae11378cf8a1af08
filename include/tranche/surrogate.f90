! Surrogates of tranche, C ABI 1, for Fortran 2003: a mirror of surrogate.h, where everything is explained.
! Compile it together with your program and link with -ltranche_surrogate.
module tranche_surrogate
  use, intrinsic :: iso_c_binding
  implicit none

  integer(c_int), parameter :: TRANCHE_SURROGATE_ABI_NUMBER = 1
  integer(c_int), parameter :: TRANCHE_SURROGATE_LINEAR = 1

  type, bind(c) :: tranche_surrogate_input
    integer(c_size_t) :: size
    type(c_ptr) :: name, unit, scale   ! C texts
    real(c_double) :: lo, hi
  end type

  type, bind(c) :: tranche_surrogate_axis
    integer(c_size_t) :: size
    type(c_ptr) :: name, unit
    integer(c_size_t) :: n
    type(c_ptr) :: values              ! n doubles
  end type

  type, bind(c) :: tranche_surrogate_accuracy
    integer(c_size_t) :: size
    real(c_double) :: r2, mean, median, p95, p99, max
  end type

  type, bind(c) :: tranche_surrogate_info
    integer(c_size_t) :: size
    integer(c_size_t) :: n_inputs
    type(c_ptr) :: inputs              ! n_inputs tranche_surrogate_input
    integer(c_size_t) :: n_network_inputs
    type(c_ptr) :: network_inputs
    type(c_ptr) :: output, unit
    integer(c_int) :: log10
    integer(c_size_t) :: n_points
    integer(c_size_t) :: n_axes
    type(c_ptr) :: axes                ! n_axes tranche_surrogate_axis
    integer(c_size_t) :: members
    real(c_double) :: coverage_1, coverage_2
    type(tranche_surrogate_accuracy) :: accuracy
    integer(c_size_t) :: n_constraints
    type(c_ptr) :: constraints
    integer(c_size_t) :: n_unchecked
    type(c_ptr) :: provenance, cpu
  end type

  interface
    integer(c_int) function tranche_surrogate_abi() bind(c)
      import :: c_int
    end function

    ! bindings: c_null_ptr, or c_loc of an array of C texts.
    integer(c_int) function tranche_surrogate_open(path, n_bindings, bindings, surrogate) bind(c)
      import :: c_int, c_size_t, c_ptr, c_char
      character(kind=c_char), intent(in) :: path(*)
      integer(c_size_t), value :: n_bindings
      type(c_ptr), value :: bindings
      type(c_ptr), intent(out) :: surrogate
    end function

    subroutine tranche_surrogate_close(surrogate) bind(c)
      import :: c_ptr
      type(c_ptr), value :: surrogate
    end subroutine

    type(c_ptr) function tranche_surrogate_error() bind(c)
      import :: c_ptr
    end function

    type(c_ptr) function tranche_surrogate_describe(surrogate) bind(c)
      import :: c_ptr
      type(c_ptr), value :: surrogate
    end function

    ! x(n_inputs, n); values and errors(n_points, n); errors and flags: c_null_ptr, or c_loc of what is to be filled.
    integer(c_int) function tranche_surrogate_evaluate(surrogate, n, x, options, values, errors, flags) bind(c)
      import :: c_int, c_size_t, c_ptr, c_double
      type(c_ptr), value :: surrogate
      integer(c_size_t), value :: n
      real(c_double), intent(in) :: x(*)
      integer(c_int), value :: options
      real(c_double), intent(out) :: values(*)
      type(c_ptr), value :: errors, flags
    end function
  end interface

contains

  ! A C text as Fortran has it.
  function text_of(pointer) result(text)
    type(c_ptr), intent(in) :: pointer
    character(:), allocatable :: text
    character(kind=c_char), pointer :: letters(:)
    integer :: length, k
    length = 0
    if (c_associated(pointer)) call c_f_pointer(pointer, letters, [huge(0)])
    do while (c_associated(pointer))
      if (letters(length + 1) == c_null_char) exit
      length = length + 1
    end do
    allocate (character(length) :: text)
    do k = 1, length
      text(k:k) = letters(k)
    end do
  end function
end module
