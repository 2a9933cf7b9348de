// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {Erc20} from "../shared/Erc20.sol";
import {IErc20} from "../shared/IErc20.sol";
import {SafeTransfer} from "../shared/SafeTransfer.sol";
import {IPair} from "./IExchange.sol";

/// A constant-product market of two tokens with a fee of 0.3%, which stays in the reserves. Its own token is a share
/// of the reserves. Callers pay first and are checked afterwards: whoever calls must be a router that does both in one
/// transaction.
contract Pair is IPair, Erc20 {
    using SafeTransfer for IErc20;

    uint256 private constant MINIMUM_LIQUIDITY = 1000;
    uint256 private constant UNLOCKED = 1;
    uint256 private constant LOCKED = 2;

    address public immutable token0;
    address public immutable token1;

    // One slot: both reserves and the time of the block that changed them last.
    uint112 private _reserve0;
    uint112 private _reserve1;
    uint32 private _updated;

    // Sums of price times seconds, as fixed-point numbers of 112 fractional bits, for oracles.
    uint256 public cumulativePrice0;
    uint256 public cumulativePrice1;

    uint256 private _lock = UNLOCKED;

    event Mint(address indexed sender, uint256 amount0, uint256 amount1);
    event Burn(address indexed sender, uint256 amount0, uint256 amount1, address indexed to);
    event Swap(address indexed sender, uint256 in0, uint256 in1, uint256 out0, uint256 out1, address indexed to);
    event Sync(uint112 reserve0, uint112 reserve1);

    error Locked();
    error Overflow();
    error NoLiquidityMinted();
    error NoLiquidityBurned();
    error NoOutput();
    error NoInput();
    error OutputExceedsReserves();
    error ProductDecreased();

    modifier lock() {
        if (_lock != UNLOCKED) revert Locked();
        _lock = LOCKED;
        _;
        _lock = UNLOCKED;
    }

    constructor(address token0_, address token1_) {
        token0 = token0_;
        token1 = token1_;
    }

    function reserves() public view returns (uint112, uint112, uint32) {
        return (_reserve0, _reserve1, _updated);
    }

    /// Shares for what the caller has paid in since the reserves were taken.
    function mint(address to) external lock returns (uint256 liquidity) {
        (uint112 reserve0, uint112 reserve1,) = reserves();
        uint256 balance0 = IErc20(token0).balanceOf(address(this));
        uint256 balance1 = IErc20(token1).balanceOf(address(this));
        uint256 amount0 = balance0 - reserve0;
        uint256 amount1 = balance1 - reserve1;
        uint256 supply = totalSupply;
        if (supply == 0) {
            // Locked for ever, so that a share cannot be made too dear to be bought.
            liquidity = _sqrt(amount0 * amount1) - MINIMUM_LIQUIDITY;
            _mint(address(0xdead), MINIMUM_LIQUIDITY);
        } else {
            liquidity = _min(amount0 * supply / reserve0, amount1 * supply / reserve1);
        }
        if (liquidity == 0) revert NoLiquidityMinted();
        _mint(to, liquidity);
        _update(balance0, balance1, reserve0, reserve1);
        emit Mint(msg.sender, amount0, amount1);
    }

    /// Pays out the shares that were transferred to this contract.
    function burn(address to) external lock returns (uint256 amount0, uint256 amount1) {
        (uint112 reserve0, uint112 reserve1,) = reserves();
        uint256 balance0 = IErc20(token0).balanceOf(address(this));
        uint256 balance1 = IErc20(token1).balanceOf(address(this));
        uint256 liquidity = balanceOf[address(this)];
        uint256 supply = totalSupply;
        amount0 = liquidity * balance0 / supply;
        amount1 = liquidity * balance1 / supply;
        if (amount0 == 0 || amount1 == 0) revert NoLiquidityBurned();
        _burn(address(this), liquidity);
        IErc20(token0).safeTransfer(to, amount0);
        IErc20(token1).safeTransfer(to, amount1);
        _update(
            IErc20(token0).balanceOf(address(this)), IErc20(token1).balanceOf(address(this)), reserve0, reserve1
        );
        emit Burn(msg.sender, amount0, amount1, to);
    }

    /// Pays out, then checks that what came in, less the fee, keeps the product of the reserves.
    function swap(uint256 out0, uint256 out1, address to) external lock {
        if (out0 == 0 && out1 == 0) revert NoOutput();
        (uint112 reserve0, uint112 reserve1,) = reserves();
        if (out0 >= reserve0 || out1 >= reserve1) revert OutputExceedsReserves();
        if (out0 > 0) IErc20(token0).safeTransfer(to, out0);
        if (out1 > 0) IErc20(token1).safeTransfer(to, out1);
        uint256 balance0 = IErc20(token0).balanceOf(address(this));
        uint256 balance1 = IErc20(token1).balanceOf(address(this));
        uint256 in0 = balance0 > reserve0 - out0 ? balance0 - (reserve0 - out0) : 0;
        uint256 in1 = balance1 > reserve1 - out1 ? balance1 - (reserve1 - out1) : 0;
        if (in0 == 0 && in1 == 0) revert NoInput();
        uint256 adjusted0 = balance0 * 1000 - in0 * 3;
        uint256 adjusted1 = balance1 * 1000 - in1 * 3;
        if (adjusted0 * adjusted1 < uint256(reserve0) * reserve1 * 1000 ** 2) revert ProductDecreased();
        _update(balance0, balance1, reserve0, reserve1);
        emit Swap(msg.sender, in0, in1, out0, out1, to);
    }

    function _update(uint256 balance0, uint256 balance1, uint112 reserve0, uint112 reserve1) private {
        if (balance0 > type(uint112).max || balance1 > type(uint112).max) revert Overflow();
        unchecked {
            uint32 time = uint32(block.timestamp);
            uint32 elapsed = time - _updated; // wraps, as the sums do
            if (elapsed > 0 && reserve0 != 0 && reserve1 != 0) {
                cumulativePrice0 += ((uint256(reserve1) << 112) / reserve0) * elapsed;
                cumulativePrice1 += ((uint256(reserve0) << 112) / reserve1) * elapsed;
            }
            _updated = time;
        }
        _reserve0 = uint112(balance0);
        _reserve1 = uint112(balance1);
        emit Sync(_reserve0, _reserve1);
    }

    function _min(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }

    /// The largest integer whose square is not above `y` (Newton's iteration from above).
    function _sqrt(uint256 y) private pure returns (uint256 z) {
        z = y;
        uint256 x = y / 2 + 1;
        while (x < z) {
            z = x;
            x = (y / x + x) / 2;
        }
    }
}
