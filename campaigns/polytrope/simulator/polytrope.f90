! A star in hydrostatic equilibrium with P = K rho^(1 + 1/n): the Lane-Emden equation
!   theta'' + 2 theta'/xi + theta^n = 0,  theta(0) = 1, theta'(0) = 0,
! integrated from the centre to the surface, theta(xi1) = 0, and scaled to a mass and a radius.
!
! Reads input.nml, writes profile.dat (r/R, density, pressure; cgs) and prints single numbers.
! Ends with 0, with 65 if there is no such star (n >= 5 has no surface), or with 1 and a reason.
program polytrope
  use, intrinsic :: iso_fortran_env, only: real64, error_unit
  implicit none

  integer, parameter :: dp = real64
  real(dp), parameter :: pi = 3.14159265358979323846_dp
  real(dp), parameter :: gravity = 6.6743e-8_dp, sun_mass = 1.98841e33_dp, sun_radius = 6.957e10_dp
  integer, parameter :: rows = 400

  real(dp) :: n, mass, radius, xi_max, step
  namelist /star/ n, mass, radius, xi_max, step

  real(dp), allocatable :: xi(:), theta(:), slope(:)
  real(dp) :: xi1, slope1, m, r, mean_density, central_density, central_pressure
  integer :: last

  call read_deck()
  if (n < 0 .or. n >= 5) then
    write (error_unit, '(a,es12.5)') 'no star: a polytrope has a surface for 0 <= n < 5 only, n =', n
    stop 65
  end if
  call integrate()

  m = mass*sun_mass
  r = radius*sun_radius
  mean_density = m/(4*pi/3*r**3)
  central_density = mean_density*xi1/(-3*slope1)
  central_pressure = gravity*m**2/(4*pi*(n + 1)*slope1**2*r**4)
  call write_profile()

  print '(a,es23.16)', 'xi1 = ', xi1
  print '(a,es23.16)', 'concentration = ', central_density/mean_density
  print '(a,es23.16,a)', 'central_density = ', central_density, ' g cm-3'
  print '(a,es23.16,a)', 'central_pressure = ', central_pressure, ' dyn cm-2'
  print '(a,es23.16,a)', 'binding_energy = ', 3/(5 - n)*gravity*m**2/r, ' erg'

contains

  subroutine read_deck()
    integer :: unit, status
    character(len=200) :: message
    xi_max = 50
    step = 2e-3_dp
    open (newunit=unit, file='input.nml', status='old', action='read')
    read (unit, nml=star, iostat=status, iomsg=message)
    close (unit)
    if (status /= 0) then
      write (error_unit, '(2a)') 'bad deck: ', trim(message)
      stop 1
    end if
  end subroutine read_deck

  ! theta'' of the equation; the centre has a limit of its own.
  pure function curvature(x, t, s) result(c)
    real(dp), intent(in) :: x, t, s
    real(dp) :: c
    if (x <= 0) then
      c = -1/3.0_dp
    else
      c = -max(t, 0.0_dp)**n - 2*s/x
    end if
  end function curvature

  ! Runge-Kutta of fourth order up to the first step behind the surface; then back to it.
  subroutine integrate()
    integer :: k, most
    most = int(xi_max/step) + 2
    allocate (xi(0:most), theta(0:most), slope(0:most))
    xi(0) = 0
    theta(0) = 1
    slope(0) = 0
    do k = 1, most
      call advance(xi(k - 1), theta(k - 1), slope(k - 1), step, theta(k), slope(k))
      xi(k) = k*step
      if (theta(k) <= 0) then
        last = k
        ! Newton's step from the last point inside: theta is nearly straight there.
        xi1 = xi(k - 1) - theta(k - 1)/slope(k - 1)
        call advance(xi(k - 1), theta(k - 1), slope(k - 1), xi1 - xi(k - 1), theta(k), slope1)
        xi1 = xi1 - theta(k)/slope1
        return
      end if
    end do
    write (error_unit, '(a,es12.5,a,es12.5)') 'no surface up to xi_max =', xi_max, ': theta is still', theta(most)
    stop 1
  end subroutine integrate

  pure subroutine advance(x, t, s, h, t_new, s_new)
    real(dp), intent(in) :: x, t, s, h
    real(dp), intent(out) :: t_new, s_new
    real(dp) :: s2, s3, s4, c1, c2, c3, c4
    c1 = curvature(x, t, s)
    s2 = s + h/2*c1
    c2 = curvature(x + h/2, t + h/2*s, s2)
    s3 = s + h/2*c2
    c3 = curvature(x + h/2, t + h/2*s2, s3)
    s4 = s + h*c3
    c4 = curvature(x + h, t + h*s3, s4)
    t_new = t + h/6*(s + 2*s2 + 2*s3 + s4)
    s_new = s + h/6*(c1 + 2*c2 + 2*c3 + c4)
  end subroutine advance

  subroutine write_profile()
    integer :: unit, k, every
    real(dp) :: t
    open (newunit=unit, file='profile.dat', status='replace', action='write')
    write (unit, '(a)') '# r/R   density [g cm-3]   pressure [dyn cm-2]'
    every = max(1, last/rows)
    do k = 0, last - 1, every
      t = max(theta(k), 0.0_dp)
      write (unit, '(3es24.16)') xi(k)/xi1, central_density*t**n, central_pressure*t**(n + 1)
    end do
    write (unit, '(3es24.16)') 1.0_dp, central_density*0.0_dp**n, 0.0_dp
    close (unit)
  end subroutine write_profile

end program polytrope
