// SPDX-License-Identifier: Apache-2.0
// Asio's and Beast's own functions, compiled once for the folder.
#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>
