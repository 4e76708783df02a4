"""Our program without the ten requests in ten seconds, which would be all that is measured."""

from clickpipes_mcp.cli import main
from clickpipes_mcp.cloud.rate_limit import RateLimiter

RateLimiter.__init__.__kwdefaults__["window_s"] = 0.0

if __name__ == "__main__":
    main()
