"""What answers over standard input and output before the server is there.

Importing the SDK and what calls need takes most of a start. What every client asks first, who is
there and what there is, stands in the files of this version and in the settings, and takes neither.
So a front answers it, byte for byte as the server would, while the server is being made:

- It answers nothing else. No call reaches it; a line that it does not know to the last field, an
  unreadable one and one of a client that mixes the protocols are left to the server, with all that
  follow.
- It stands aside from the beginning where settings change what it knows only from files, or where
  they can turn out to be unusable later. Then the server says what is wrong.
- The server is made in a thread, beginning when the client has been given its tools and is quiet.
  Where a line is left to it before, nothing can be answered meanwhile, and no thread is needed. The
  session is handed over as soon as the server is there: it reads all that was answered once more,
  in the same order, and its answers to that reach nobody. So it is in the very state in which it
  would be without a front.
"""

from clickpipes_mcp.front.answers import Answers
from clickpipes_mcp.front.conversation import Conversation
from clickpipes_mcp.front.standing_in import HandedOver, stand_in
from clickpipes_mcp.front.suitability import is_suitable

__all__ = ["Answers", "Conversation", "HandedOver", "is_suitable", "stand_in"]
