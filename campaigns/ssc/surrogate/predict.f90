! One spectrum from a surrogate, in Fortran 2003.
!
!   gfortran -O2 INCLUDE/tranche/surrogate.f90 predict.f90 -o predict_f -ltranche_surrogate
!   ./predict_f surrogate.h5 10 1e16 0.1 2.5 100 1e6 1e44
!
! Numbers in the order in which the surrogate names them; without any it says what it wants. Prints axis and value.
program predict
  use, intrinsic :: iso_c_binding
  use, intrinsic :: iso_fortran_env, only: error_unit
  use tranche_surrogate
  implicit none

  type(c_ptr) :: surrogate
  type(tranche_surrogate_info), pointer :: info
  type(tranche_surrogate_input), pointer :: inputs(:)
  type(tranche_surrogate_axis), pointer :: axes(:)
  real(c_double), pointer :: places(:)
  real(c_double), allocatable :: x(:), y(:)
  character(1024) :: word
  integer :: k

  if (command_argument_count() < 1) call fail('predict_f SURROGATE NUMBER...')
  call get_command_argument(1, word)
  if (tranche_surrogate_open(trim(word)//c_null_char, 0_c_size_t, c_null_ptr, surrogate) /= 0) &
    call fail(text_of(tranche_surrogate_error()))
  call c_f_pointer(tranche_surrogate_describe(surrogate), info)
  call c_f_pointer(info%inputs, inputs, [info%n_inputs])
  call c_f_pointer(info%axes, axes, [info%n_axes])
  if (command_argument_count() - 1 /= info%n_inputs) then
    do k = 1, size(inputs)
      write (error_unit, '(2x, a, 2(1x, es12.4))') text_of(inputs(k)%name), inputs(k)%lo, inputs(k)%hi
    end do
    call fail('as many numbers are needed as there are lines above')
  end if

  allocate (x(info%n_inputs), y(info%n_points))
  do k = 1, size(x)
    call get_command_argument(k + 1, word)
    read (word, *) x(k)
  end do
  if (tranche_surrogate_evaluate(surrogate, 1_c_size_t, x, 0_c_int, y, c_null_ptr, c_null_ptr) /= 0) &
    call fail(text_of(tranche_surrogate_error()))
  if (size(axes) == 1) then
    call c_f_pointer(axes(1)%values, places, [axes(1)%n])
    write (*, '(es24.16e3, 1x, es24.16e3)') (places(k), y(k), k=1, size(y))
  else
    write (*, '(i0, 1x, es24.16e3)') (k, y(k), k=1, size(y))
  end if
  call tranche_surrogate_close(surrogate)

contains

  subroutine fail(text)
    character(*), intent(in) :: text
    write (error_unit, '(a)') 'predict: '//text
    stop 2
  end subroutine
end program
