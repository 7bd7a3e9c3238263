! query.f90 - reports what became of one async request; with SECONDS, waits for its end, at most that long. By
! iso_c_binding, Fortran 2018.
!
! Build: gfortran -o query query.f90 -ltcdb_async
! Run:   TENCENTCLOUD_REGION=ap-guangzhou ./query ID [SECONDS]
! Credentials: TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY and, for temporary ones, TENCENTCLOUD_TOKEN.
! TCDB_ASYNC_ENDPOINT (host[:port]) and TCDB_ASYNC_CA_FILE (PEM) override the defaults.

! To copy into a program: this module, what is needed of tcdb_async.h. Objects are type(c_ptr). A text that may be NULL is handed over as a c_ptr too:
! c_null_ptr, or the address of characters that end in c_null_char. uint32_t is read as a signed integer of 32 bits.
module tcdb_async
    use, intrinsic :: iso_c_binding, only: c_char, c_int32_t, c_int64_t, c_ptr, c_size_t
    implicit none

    interface
        integer(c_int32_t) function tcdb_abi_version() bind(c)
            import :: c_int32_t
        end function
        type(c_ptr) function tcdb_code_name(code) bind(c)
            import :: c_int32_t, c_ptr
            integer(c_int32_t), value :: code
        end function
        integer(c_int32_t) function tcdb_status_is_terminal(status) bind(c)
            import :: c_int32_t
            integer(c_int32_t), value :: status
        end function
        integer(c_int32_t) function tcdb_status_is_success(status) bind(c)
            import :: c_int32_t
            integer(c_int32_t), value :: status
        end function

        type(c_ptr) function tcdb_options_new() bind(c)
            import :: c_ptr
        end function
        subroutine tcdb_options_set_endpoint(options, endpoint) bind(c)
            import :: c_ptr
            type(c_ptr), value :: options, endpoint
        end subroutine
        subroutine tcdb_options_set_ca_file(options, path) bind(c)
            import :: c_ptr
            type(c_ptr), value :: options, path
        end subroutine
        subroutine tcdb_options_free(options) bind(c)
            import :: c_ptr
            type(c_ptr), value :: options
        end subroutine

        integer(c_int32_t) function tcdb_credentials_env(out, error) bind(c)
            import :: c_int32_t, c_ptr
            type(c_ptr), intent(out) :: out, error
        end function
        subroutine tcdb_credentials_free(credentials) bind(c)
            import :: c_ptr
            type(c_ptr), value :: credentials
        end subroutine

        integer(c_int32_t) function tcdb_client_new(credentials, region, options, out, error) bind(c)
            import :: c_int32_t, c_ptr
            type(c_ptr), value :: credentials, region, options
            type(c_ptr), intent(out) :: out, error
        end function
        integer(c_int32_t) function tcdb_query(client, async_request_id, out, error) bind(c)
            import :: c_int32_t, c_ptr, c_char
            type(c_ptr), value :: client
            character(kind=c_char), intent(in) :: async_request_id(*)
            type(c_ptr), intent(out) :: out, error
        end function
        integer(c_int32_t) function tcdb_wait(client, async_request_id, timeout_ms, out, error) bind(c)
            import :: c_int32_t, c_int64_t, c_ptr, c_char
            type(c_ptr), value :: client
            character(kind=c_char), intent(in) :: async_request_id(*)
            integer(c_int64_t), value :: timeout_ms
            type(c_ptr), intent(out) :: out, error
        end function
        subroutine tcdb_client_free(client) bind(c)
            import :: c_ptr
            type(c_ptr), value :: client
        end subroutine

        integer(c_int32_t) function tcdb_result_status(result) bind(c)
            import :: c_int32_t, c_ptr
            type(c_ptr), value :: result
        end function
        type(c_ptr) function tcdb_result_status_text(result) bind(c)
            import :: c_ptr
            type(c_ptr), value :: result
        end function
        type(c_ptr) function tcdb_result_info(result) bind(c)
            import :: c_ptr
            type(c_ptr), value :: result
        end function
        integer(c_size_t) function tcdb_result_info_len(result) bind(c)
            import :: c_ptr, c_size_t
            type(c_ptr), value :: result
        end function
        type(c_ptr) function tcdb_result_request_id(result) bind(c)
            import :: c_ptr
            type(c_ptr), value :: result
        end function
        subroutine tcdb_result_free(result) bind(c)
            import :: c_ptr
            type(c_ptr), value :: result
        end subroutine

        type(c_ptr) function tcdb_error_message(error) bind(c)
            import :: c_ptr
            type(c_ptr), value :: error
        end function
        subroutine tcdb_error_free(error) bind(c)
            import :: c_ptr
            type(c_ptr), value :: error
        end subroutine

        integer(c_size_t) function strlen(text) bind(c)
            import :: c_ptr, c_size_t
            type(c_ptr), value :: text
        end function
    end interface
end module

program query
    use, intrinsic :: iso_c_binding
    use, intrinsic :: iso_fortran_env, only: error_unit, output_unit
    use tcdb_async
    implicit none

    integer, parameter :: succeeded = 0, task_failed = 1, usage = 2, network = 3, refused = 4, timed_out = 5, not_ended = 6
    character(len=*), parameter :: usage_line = 'usage: query ASYNC_REQUEST_ID [SECONDS]'
    type(c_ptr) :: client
    integer(c_int64_t) :: seconds
    integer :: exit_code

    call check_abi()
    if (command_argument_count() < 1 .or. command_argument_count() > 2) call fail(usage, usage_line)
    seconds = -1
    if (command_argument_count() == 2) seconds = number(argument(2))
    client = new_client()
    exit_code = ask(client, argument(1), seconds)
    stop exit_code, quiet=.true.

contains

    subroutine check_abi()
        integer(c_int32_t) :: abi
        character(len=80) :: text
        abi = tcdb_abi_version()
        if (shiftr(abi, 16) == 0 .and. iand(abi, 65535) >= 1) return
        write (text, '(a, i0, a, i0)') 'libtcdb_async has ABI ', shiftr(abi, 16), '.', iand(abi, 65535)
        call fail(usage, trim(text) // ', this program needs 0.1')
    end subroutine

    ! The client, or the end of the program. It keeps what it needs of the options and credentials.
    type(c_ptr) function new_client() result(client)
        character(kind=c_char, len=:), allocatable, target :: endpoint, ca_file, region
        type(c_ptr) :: options, credentials, error
        integer(c_int32_t) :: code

        endpoint = variable('TCDB_ASYNC_ENDPOINT')
        ca_file = variable('TCDB_ASYNC_CA_FILE')
        region = variable('TENCENTCLOUD_REGION')
        options = tcdb_options_new()
        call tcdb_options_set_endpoint(options, address_of(endpoint))
        call tcdb_options_set_ca_file(options, address_of(ca_file))
        code = tcdb_credentials_env(credentials, error)
        if (code == 0) code = tcdb_client_new(credentials, address_of(region), options, client, error)
        call tcdb_credentials_free(credentials)  ! NULL may be freed
        call tcdb_options_free(options)
        if (code /= 0) call fail_by(code, error)
    end function

    ! Asks, or waits if seconds is not below 0; prints the answer, frees it and the client, and gives the exit code.
    integer function ask(client, id, seconds)
        type(c_ptr), intent(in) :: client
        character(kind=c_char, len=*), intent(in) :: id
        integer(c_int64_t), intent(in) :: seconds
        type(c_ptr) :: answer, error, status_text, info, request_id
        integer(c_int32_t) :: code, status

        if (seconds < 0) then
            code = tcdb_query(client, id // c_null_char, answer, error)
        else
            code = tcdb_wait(client, id // c_null_char, seconds * 1000, answer, error)
        end if
        call tcdb_client_free(client)
        if (code /= 0) call fail_by(code, error)

        status = tcdb_result_status(answer)
        status_text = tcdb_result_status_text(answer)
        if (strlen(status_text) == 0) status_text = c_null_ptr
        info = tcdb_result_info(answer)
        request_id = tcdb_result_request_id(answer)
        write (output_unit, '(2a)') 'status: ', text(status_text)
        write (output_unit, '(2a)') 'info: ', text(info, tcdb_result_info_len(answer))  ! may hold a NUL
        write (output_unit, '(2a)') 'request_id: ', text(request_id)
        call tcdb_result_free(answer)

        ask = not_ended
        if (tcdb_status_is_terminal(status) == 1) ask = task_failed
        if (tcdb_status_is_success(status) == 1) ask = succeeded
    end function

    ! A copy of a borrowed text: length bytes, or up to its NUL; '(none)' for NULL.
    function text(borrowed, length) result(copy)
        type(c_ptr), intent(in) :: borrowed
        integer(c_size_t), intent(in), optional :: length
        character(kind=c_char, len=:), allocatable :: copy
        character(kind=c_char), pointer :: bytes(:)
        integer(c_size_t) :: i, n

        if (.not. c_associated(borrowed)) then
            copy = '(none)'
            return
        end if
        if (present(length)) then
            n = length
        else
            n = strlen(borrowed)
        end if
        call c_f_pointer(borrowed, bytes, [n])
        allocate (character(kind=c_char, len=n) :: copy)
        do i = 1, n
            copy(i:i) = bytes(i)
        end do
    end function

    ! One of the program's arguments.
    function argument(position) result(value)
        integer, intent(in) :: position
        character(len=:), allocatable :: value
        integer :: length
        call get_command_argument(position, length=length)
        allocate (character(len=length) :: value)
        call get_command_argument(position, value)
    end function

    ! A text of one to nine digits as a number, or the end of the program.
    integer(c_int64_t) function number(text)
        character(len=*), intent(in) :: text
        if (len(text) < 1 .or. len(text) > 9 .or. verify(text, '0123456789') /= 0) call fail(usage, usage_line)
        read (text, *) number
    end function

    ! A variable of the environment, ended by NUL; an empty text if it is unset.
    function variable(name) result(value)
        character(len=*), intent(in) :: name
        character(kind=c_char, len=:), allocatable :: value
        integer :: length, status
        call get_environment_variable(name, length=length, status=status)
        if (status /= 0) then
            value = ''
            return
        end if
        allocate (character(kind=c_char, len=length) :: value)
        if (length > 0) call get_environment_variable(name, value)
        value = value // c_null_char
    end function

    ! The address of what variable() gave; NULL for an unset variable.
    type(c_ptr) function address_of(value)
        character(kind=c_char, len=:), allocatable, target, intent(in) :: value
        address_of = c_null_ptr
        if (len(value) > 0) address_of = c_loc(value)
    end function

    ! Says what the library says, frees its error and ends the program.
    subroutine fail_by(code, error)
        integer(c_int32_t), intent(in) :: code
        type(c_ptr), intent(in) :: error
        character(len=:), allocatable :: what
        what = text(tcdb_code_name(code)) // ': ' // text(tcdb_error_message(error))
        call tcdb_error_free(error)
        select case (code)
        case (1, 5)  ! INVALID_ARGUMENT, CREDENTIALS
            call fail(usage, what)
        case (4, 23)  ! WAIT_TIMEOUT, REQUEST_TIMEOUT
            call fail(timed_out, what)
        case (41:)  ! AUTH and above: the API's own refusals
            call fail(refused, what)
        case default
            call fail(network, what)
        end select
    end subroutine

    subroutine fail(exit_code, what)
        integer, intent(in) :: exit_code
        character(len=*), intent(in) :: what
        write (error_unit, '(a)') what
        stop exit_code, quiet=.true.
    end subroutine
end program
