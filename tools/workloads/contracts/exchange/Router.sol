// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {IErc20} from "../shared/IErc20.sol";
import {SafeTransfer} from "../shared/SafeTransfer.sol";
import {IFactory, IPair} from "./IExchange.sol";

/// The way in: pays pairs and calls them in one transaction, and guards what the caller expects to get.
contract Router {
    using SafeTransfer for IErc20;

    IFactory public immutable factory;

    error Expired(uint256 deadline);
    error InvalidPath();
    error NoPair(address tokenA, address tokenB);
    error InsufficientOutput(uint256 wanted, uint256 got);
    error ExcessiveInput(uint256 allowed, uint256 needed);

    modifier before(uint256 deadline) {
        if (block.timestamp > deadline) revert Expired(deadline);
        _;
    }

    constructor(IFactory factory_) {
        factory = factory_;
    }

    /// Sells exactly `amountIn` of path[0], over every pair of the path, for at least `outMinimum` of its last token.
    function swapExactInput(uint256 amountIn, uint256 outMinimum, address[] calldata path, address to, uint256 deadline)
        external
        before(deadline)
        returns (uint256[] memory amounts)
    {
        amounts = amountsOut(amountIn, path);
        uint256 got = amounts[amounts.length - 1];
        if (got < outMinimum) revert InsufficientOutput(outMinimum, got);
        IErc20(path[0]).safeTransferFrom(msg.sender, _pair(path[0], path[1]), amounts[0]);
        _swap(amounts, path, to);
    }

    /// Buys exactly `amountOut` of the path's last token for at most `inMaximum` of path[0].
    function swapExactOutput(uint256 amountOut, uint256 inMaximum, address[] calldata path, address to, uint256 deadline)
        external
        before(deadline)
        returns (uint256[] memory amounts)
    {
        amounts = amountsIn(amountOut, path);
        if (amounts[0] > inMaximum) revert ExcessiveInput(inMaximum, amounts[0]);
        IErc20(path[0]).safeTransferFrom(msg.sender, _pair(path[0], path[1]), amounts[0]);
        _swap(amounts, path, to);
    }

    /// Pays in both tokens at the ratio of the reserves, at most the amounts wanted.
    function addLiquidity(address tokenA, address tokenB, uint256 wantedA, uint256 wantedB, address to, uint256 deadline)
        external
        before(deadline)
        returns (uint256 amountA, uint256 amountB, uint256 liquidity)
    {
        address pair = _pair(tokenA, tokenB);
        (amountA, amountB) = _fitting(pair, tokenA, tokenB, wantedA, wantedB);
        IErc20(tokenA).safeTransferFrom(msg.sender, pair, amountA);
        IErc20(tokenB).safeTransferFrom(msg.sender, pair, amountB);
        liquidity = IPair(pair).mint(to);
    }

    /// Needs an allowance for the pair's own token.
    function removeLiquidity(address tokenA, address tokenB, uint256 liquidity, address to, uint256 deadline)
        external
        before(deadline)
        returns (uint256 amount0, uint256 amount1)
    {
        address pair = _pair(tokenA, tokenB);
        IErc20(pair).safeTransferFrom(msg.sender, pair, liquidity);
        return IPair(pair).burn(to);
    }

    function amountsOut(uint256 amountIn, address[] calldata path) public view returns (uint256[] memory amounts) {
        if (path.length < 2) revert InvalidPath();
        amounts = new uint256[](path.length);
        amounts[0] = amountIn;
        for (uint256 i = 1; i < path.length; ++i) {
            (uint256 reserveIn, uint256 reserveOut) = _reserves(_pair(path[i - 1], path[i]), path[i - 1], path[i]);
            uint256 afterFee = amounts[i - 1] * 997;
            amounts[i] = afterFee * reserveOut / (reserveIn * 1000 + afterFee);
        }
    }

    function amountsIn(uint256 amountOut, address[] calldata path) public view returns (uint256[] memory amounts) {
        if (path.length < 2) revert InvalidPath();
        amounts = new uint256[](path.length);
        amounts[path.length - 1] = amountOut;
        for (uint256 i = path.length - 1; i > 0; --i) {
            (uint256 reserveIn, uint256 reserveOut) = _reserves(_pair(path[i - 1], path[i]), path[i - 1], path[i]);
            amounts[i - 1] = reserveIn * amounts[i] * 1000 / ((reserveOut - amounts[i]) * 997) + 1;
        }
    }

    function _fitting(address pair, address tokenA, address tokenB, uint256 wantedA, uint256 wantedB)
        private
        view
        returns (uint256, uint256)
    {
        (uint256 reserveA, uint256 reserveB) = _reserves(pair, tokenA, tokenB);
        if (reserveA == 0 && reserveB == 0) return (wantedA, wantedB);
        uint256 fittingB = wantedA * reserveB / reserveA;
        return fittingB <= wantedB ? (wantedA, fittingB) : (wantedB * reserveA / reserveB, wantedB);
    }

    function _swap(uint256[] memory amounts, address[] calldata path, address to) private {
        for (uint256 i = 1; i < path.length; ++i) {
            address pair = _pair(path[i - 1], path[i]);
            address recipient = i + 1 < path.length ? _pair(path[i], path[i + 1]) : to;
            if (path[i - 1] < path[i]) IPair(pair).swap(0, amounts[i], recipient);
            else IPair(pair).swap(amounts[i], 0, recipient);
        }
    }

    function _pair(address tokenA, address tokenB) private view returns (address pair) {
        pair = factory.pairOf(tokenA, tokenB);
        if (pair == address(0)) revert NoPair(tokenA, tokenB);
    }

    function _reserves(address pair, address tokenA, address tokenB) private view returns (uint256, uint256) {
        (uint112 reserve0, uint112 reserve1,) = IPair(pair).reserves();
        return tokenA < tokenB ? (reserve0, reserve1) : (reserve1, reserve0);
    }
}
