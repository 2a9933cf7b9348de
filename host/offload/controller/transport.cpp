// SPDX-License-Identifier: Apache-2.0
#include "host/offload/controller/transport.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <thread>

namespace switchyard::controller {
namespace {

Error io_error(const std::string& what) {
    return Error{ErrorCode::Io, what + ": " + std::strerror(errno)};
}

/// Milliseconds for poll(): never negative, which would wait for ever.
int left_ms(Deadline until) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
    return static_cast<int>(std::clamp<int64_t>(left + 1, 0, 60'000));
}

class DescriptorTransport final : public Transport {
  public:
    DescriptorTransport(int descriptor, std::string name)
        : descriptor_(descriptor), name_(std::move(name)) {}
    ~DescriptorTransport() override { ::close(descriptor_); }
    DescriptorTransport(const DescriptorTransport&) = delete;
    DescriptorTransport& operator=(const DescriptorTransport&) = delete;

    Result<size_t> read(std::span<uint8_t> to, Deadline until) override {
        for (;;) {
            const auto ready = wait(POLLIN, until);
            if (!ready) return ready.error();
            if (!*ready) return size_t{0};
            const ssize_t size = ::read(descriptor_, to.data(), to.size());
            if (size > 0) return static_cast<size_t>(size);
            if (size == 0) return Error{ErrorCode::Io, name_ + ": the other end has closed"};
            if (errno != EAGAIN && errno != EINTR) return io_error(name_);
        }
    }

    Result<void> write(BytesView bytes, Deadline until) override {
        while (!bytes.empty()) {
            const auto ready = wait(POLLOUT, until);
            if (!ready) return ready.error();
            if (!*ready) return Error{ErrorCode::Timeout, name_ + ": the line takes no bytes"};
            // A socket whose peer is gone must be an error, not a signal.
            ssize_t size = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (size < 0 && errno == ENOTSOCK)
                size = ::write(descriptor_, bytes.data(), bytes.size());
            if (size < 0 && errno != EAGAIN && errno != EINTR) return io_error(name_);
            if (size > 0) bytes = bytes.subspan(static_cast<size_t>(size));
        }
        return {};
    }

  private:
    Result<bool> wait(short events, Deadline until) {
        for (;;) {
            pollfd entry{descriptor_, events, 0};
            const int found = ::poll(&entry, 1, left_ms(until));
            if (found > 0) return true;
            if (found == 0 && Clock::now() >= until) return false;
            if (found < 0 && errno != EINTR) return io_error(name_);
        }
    }

    int descriptor_;
    std::string name_;
};

speed_t speed_of(uint32_t baud) {
    constexpr std::array<std::pair<uint32_t, speed_t>, 8> kSpeeds = {{{9600, B9600},
                                                                      {19200, B19200},
                                                                      {38400, B38400},
                                                                      {57600, B57600},
                                                                      {115200, B115200},
                                                                      {230400, B230400},
                                                                      {460800, B460800},
                                                                      {921600, B921600}}};
    for (const auto& [rate, speed] : kSpeeds)
        if (rate == baud) return speed;
    return B0;
}

}  // namespace

Result<std::unique_ptr<Transport>> connect_socket(const std::filesystem::path& path,
                                                  Deadline until) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string text = path.string();
    if (text.size() >= sizeof address.sun_path) {
        return Error{ErrorCode::InvalidInput, text + ": longer than a socket's path may be"};
    }
    std::memcpy(address.sun_path, text.c_str(), text.size() + 1);
    for (;;) {
        const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (descriptor < 0) return io_error("socket");
        if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) ==
            0) {
            (void)::fcntl(descriptor, F_SETFL, O_NONBLOCK);
            return std::unique_ptr<Transport>(
                std::make_unique<DescriptorTransport>(descriptor, text));
        }
        const int reason = errno;
        ::close(descriptor);
        if (reason != ENOENT && reason != ECONNREFUSED && reason != EAGAIN) {
            errno = reason;
            return io_error(text);
        }
        if (Clock::now() >= until) {
            return Error{ErrorCode::Unavailable, text + ": nobody listens there"};
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

Result<std::unique_ptr<Transport>> open_tty(const std::filesystem::path& path, uint32_t baud) {
    const std::string text = path.string();
    const speed_t speed = speed_of(baud);
    if (speed == B0) {
        return Error{ErrorCode::InvalidInput,
                     std::to_string(baud) + " baud: take 9600 to 921600, 115200 is usual"};
    }
    const int descriptor = ::open(text.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (descriptor < 0) {
        Error error = io_error(text);
        if (errno == ENOENT || errno == ENXIO) error.code = ErrorCode::Unavailable;
        return error;
    }
    auto transport = std::make_unique<DescriptorTransport>(descriptor, text);
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        return Error{ErrorCode::Unavailable, text + ": another process uses it"};
    }
    termios settings{};
    if (::tcgetattr(descriptor, &settings) != 0) {
        return Error{ErrorCode::InvalidInput, text + ": not a serial device"};
    }
    ::cfmakeraw(&settings);
    settings.c_cflag |= CLOCAL | CREAD;
    settings.c_cflag &= ~static_cast<tcflag_t>(CSTOPB | CRTSCTS);
    if (::cfsetspeed(&settings, speed) != 0 || ::tcsetattr(descriptor, TCSANOW, &settings) != 0 ||
        ::tcflush(descriptor, TCIOFLUSH) != 0) {
        return io_error(text);
    }
    return std::unique_ptr<Transport>(std::move(transport));
}

}  // namespace switchyard::controller
