! tranche plug-in interface, C ABI 1, for Fortran 2003: a mirror of plugin.h, where everything is explained.
! Compile it together with your plug-in; docs/how-to/plugin-fortran.md shows one.
module tranche_plugin
  use, intrinsic :: iso_c_binding
  implicit none

  integer(c_int32_t), parameter :: TRANCHE_ABI_NUMBER = 1
  integer(c_int), parameter :: TRANCHE_OK = 0, TRANCHE_FAILED = 1, TRANCHE_BAD_POINT = 2

  type, bind(c) :: tranche_axis
    integer(c_size_t) :: size
    type(c_ptr) :: name, unit      ! C texts
    integer(c_size_t) :: n
    type(c_ptr) :: values          ! n doubles
  end type

  type, bind(c) :: tranche_output
    integer(c_size_t) :: size
    type(c_ptr) :: name, unit
    integer(c_size_t) :: n         ! elements; C order
    integer(c_size_t) :: n_axes
    type(c_ptr) :: axes            ! n_axes 32-bit positions, from 0
  end type

  type, bind(c) :: tranche_info
    integer(c_size_t) :: size
    integer(c_int32_t) :: abi, slot, threads
    integer(c_size_t) :: n_x
    type(c_ptr) :: x_names
    integer(c_size_t) :: n_axes
    type(c_ptr) :: axes            ! n_axes tranche_axis
    integer(c_size_t) :: n_outputs
    type(c_ptr) :: outputs         ! n_outputs tranche_output
    integer(c_size_t) :: n_meta
    type(c_ptr) :: meta_names
    type(c_ptr) :: campaign_dir
    type(c_ptr) :: message
    integer(c_size_t) :: message_size
  end type

  type, bind(c) :: tranche_task
    integer(c_size_t) :: size
    integer(c_int64_t) :: index
    integer(c_int32_t) :: stage, attempt
    integer(c_int64_t) :: seed
    real(c_double) :: deadline_s
    type(c_ptr) :: rundir
    type(c_ptr) :: x               ! nx doubles
    integer(c_size_t) :: nx
  end type

  type, bind(c) :: tranche_result
    integer(c_size_t) :: size
    character(kind=c_char) :: reason(64)
    character(kind=c_char) :: message(512)
    integer(c_size_t) :: n_meta
    type(c_ptr) :: meta            ! n_meta doubles
  end type

contains

  ! Writes a Fortran text as a C text, cut to what fits.
  subroutine set_text(target, text)
    character(kind=c_char), intent(inout) :: target(:)
    character(*), intent(in) :: text
    integer :: i, n
    n = min(len_trim(text), size(target) - 1)
    do i = 1, n
      target(i) = text(i:i)
    end do
    target(n + 1) = c_null_char
  end subroutine

end module
