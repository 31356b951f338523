// SPDX-FileCopyrightText: The gatewayd authors
// SPDX-License-Identifier: MIT

#include "loop/process.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "loop/handle.h"

namespace gw::loop {

namespace {

std::vector<char*> pointers(const std::vector<std::string>& texts) {
    std::vector<char*> list;
    list.reserve(texts.size() + 1);
    for (const std::string& text : texts)
        list.push_back(const_cast<char*>(text.c_str()));
    list.push_back(nullptr);
    return list;
}

// What the child needs, prepared before the fork: afterwards it may only make system calls.
struct Plan {
    const char* program;
    char* const* argv;
    char* const* envp;
    int input;
    int output;
    int fd3;
    int report;  // where errno goes when the program cannot be started
    pid_t parent;
};

// Puts descriptor `from` at `to`, which stays open over exec.
bool place(int from, int to) {
    if (from == to) return ::fcntl(to, F_SETFD, 0) == 0;
    return ::dup2(from, to) == to;
}

[[noreturn]] void run_child(const Plan& plan) {
    // A copy above all numbers we are about to fill, so that placing one does not close another.
    const int output = ::fcntl(plan.output, F_DUPFD_CLOEXEC, 10);
    const int fd3 = plan.fd3 >= 0 ? ::fcntl(plan.fd3, F_DUPFD_CLOEXEC, 10) : -1;
    const int report = ::fcntl(plan.report, F_DUPFD_CLOEXEC, 10);
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    // The parent may have died before that line.
    if (::getppid() != plan.parent) ::_exit(127);
    for (int signal = 1; signal < NSIG; ++signal)
        ::signal(signal, SIG_DFL);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    bool is_placed = place(plan.input, 0) && place(output, 1) && place(output, 2);
    if (fd3 >= 0) is_placed = is_placed && place(fd3, 3);
    if (is_placed) {
        const unsigned first = fd3 >= 0 ? 4 : 3;
        ::syscall(SYS_close_range, first, ~0U, CLOSE_RANGE_CLOEXEC);
        ::execve(plan.program, plan.argv, plan.envp);
    }
    const int error = errno;
    const ssize_t written = ::write(report, &error, sizeof error);
    ::_exit(written == sizeof error ? 127 : 126);
}

int open_pidfd(pid_t pid) {
    return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
}

}  // namespace

struct ChildProcess::State {
    uv_poll_t handle{};
    base::Fd pidfd;
    pid_t pid = 0;
    bool is_reaped = false;
    std::function<void(Exit)> exited;  // empty: nobody listens any more

    void reap() {
        int status = 0;
        pid_t got = 0;
        do {
            got = ::waitpid(pid, &status, WNOHANG);
        } while (got < 0 && errno == EINTR);
        if (got == 0) return;
        is_reaped = true;
        uv_poll_stop(&handle);
        Exit exit;
        if (got == pid && WIFSIGNALED(status)) {
            exit.signal = WTERMSIG(status);
        } else if (got == pid && WIFEXITED(status)) {
            exit.code = WEXITSTATUS(status);
        }
        // The callback may destroy the ChildProcess, and with it this state's owner.
        if (auto tell = std::exchange(exited, nullptr)) tell(exit);
    }
};

ChildProcess::ChildProcess() : state_(new State) {}

Result<std::unique_ptr<ChildProcess>> ChildProcess::spawn(Loop& loop, const Spawn& what,
                                                          std::function<void(Exit)> exited) {
    std::vector<std::string> arguments = {what.program};
    arguments.insert(arguments.end(), what.args.begin(), what.args.end());
    const std::vector<char*> argv = pointers(arguments);
    const std::vector<char*> envp = pointers(what.env);
    const base::Fd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    int report[2] = {-1, -1};
    if (!null.is_open() || ::pipe2(report, O_CLOEXEC) != 0) {
        return fail_errno("spawn " + what.program);
    }
    const base::Fd report_in(report[0]);
    base::Fd report_out(report[1]);
    const Plan plan{what.program.c_str(),
                    argv.data(),
                    envp.data(),
                    null.get(),
                    what.output >= 0 ? what.output : null.get(),
                    what.fd3,
                    report_out.get(),
                    ::getpid()};
    const pid_t pid = ::fork();
    if (pid < 0) return fail_errno("spawn " + what.program);
    if (pid == 0) run_child(plan);

    report_out.reset();
    int error = 0;
    ssize_t got = 0;
    do {
        // Ends with the exec: a moment, the child only makes system calls until then.
        got = ::read(report_in.get(), &error, sizeof error);
    } while (got < 0 && errno == EINTR);
    if (got == sizeof error) {
        ::waitpid(pid, nullptr, 0);
        auto failed = fail_errno("start " + what.program, error);
        if (error == ENOENT) failed.error().code = Errc::not_found;
        if (error == EACCES) failed.error().code = Errc::permission_denied;
        return failed;
    }
    std::unique_ptr<ChildProcess> child(new ChildProcess());
    State* state = child->state_;
    state->pid = pid;
    state->exited = std::move(exited);
    state->pidfd.reset(open_pidfd(pid));
    state->handle.data = state;
    uv_poll_init(loop.raw(), &state->handle, state->pidfd.get());
    uv_poll_start(&state->handle, UV_READABLE,
                  [](uv_poll_t* poll, int, int) { static_cast<State*>(poll->data)->reap(); });
    return child;
}

ChildProcess::~ChildProcess() {
    state_->exited = nullptr;
    close_and_delete(state_);
}

int ChildProcess::pid() const {
    return static_cast<int>(state_->pid);
}

void ChildProcess::kill(int signal) {
    if (!state_->is_reaped) ::kill(state_->pid, signal);
}

void ChildProcess::kill_group(int signal) {
    if (state_->is_reaped) return;
    ::kill(-state_->pid, signal);
    ::kill(state_->pid, signal);  // it may have left its group
}

}  // namespace gw::loop
