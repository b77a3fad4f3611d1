"""A key pair for tests, the same in every world. It protects nothing: everybody has it, in this file.

RSA keys come from chance, and a world has none; so one pair was made once and ships with the package. Never
give its public half to anything but a fake.
"""

from __future__ import annotations

TEST_SIGNING_KEY = """\
-----BEGIN PRIVATE KEY-----
MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQC5zP/Y/4qNqpgr
SZt3AXnF6NkddHBXA7Z9o6SQRS0kqxAQTPwRoMdMg+qezraLdkyenFyhsdjAQLW7
u0FVv686a6BIhvTi2kU1zqg5cnYio8lKtMmNbh7orA5MOR5ZVXU7Y5mlGk1yllx/
Ti4DS9G9iVLlfMSAsAWUyAWp/HV709Mg0fER5YrdDZmSQKgLwyR7BcxrliySM7+x
01uuuE6vo0IWVVC+I8Ui8CFDu44speTB0mCc9wD+VdC2tgOW+EV3jOXone74bExD
fBsHFSOcR97y7KM4vtSrakd0tArG3LwA7FD2HmkwaEc+WW7BSwsppLsEVvvXYnpu
GLnH4xU7AgMBAAECggEAGWrrdz6iMDYtwgI8U9/uTj5H8Wkb8zNtVCu+WAQ2pEUI
mgpGE41IpnWHc7k4rMR+v9YJMA+Z5NcVZXy89+OUr6vIjhN0TdJpVG6UgeNgOOXq
JB+uUPxHGzJqdE/+EF+J/ZlnC/iYrrvWJI5H6iiFpWWzYvSaFza9VLi2WaZRViKM
pfV8L8m479g5ILvSpaEo3EU+yJ/DmZ/Ctl2z79amlbwpxrgmvta/ZJl+HNWYM7/P
YxVT1r4CSTBAwGBem9bM1ZIz4vHZ2qV7WOhZQJhfy/9nzyoK0imCE9fo1woUl0OZ
NTJvjvi3y9gVVrKqw93Q+yiS189hLVJocx4mM0xw5QKBgQD28m2MAp+LbCBkfGUG
5Wz90IRGmcdFYNKO0MYC8vPs1ahVJI8P9IXouyYHmVKlmVy1LHoQIivP0EWPjFtO
cY1bjaztjHKOQmG+ZV8403XLWXc7U+WyAnZ9AAVWpif6DvEzueEqVWEzLl5M/YyX
yGkTnL8OdgR29dPJMIDAAYqVLwKBgQDAnLh7WjriSSHVPtWNCO543EW6tIKzW0IH
bfQq7ow4CZ2C2xN+DNx8wRStTv0S2pWp4f3mkj2mTWohMhbHPk4Rv/w5tziW9q17
n/WsrdC0CXHGOf5OGzfnIOiDBL6lEx2lLg4HDMd37EF7Knwwt1W6lqk5s4Hnlg72
hqG3vtFVtQKBgQCJQkiHePHLIgeDMu1Ifv8suNi9ET6EnoOKZBqbiwTvz/YnlRF7
sdM4f8VsldktOGgiP519GDE36jCv0Dj0CgOjLsU+qEEIN3dyx4+82zRvGcQ/Eqvq
XJoVcoyFFAfGYsXIlXnE+P3038IEky2xM/DLuOUtGYXzxUG5Yx89Gd44ewKBgQCy
T6Pd1i9TE371ymCqWw1h6BHJgZjJ7/7Vn+393K8Epaoi3StTcxafi6PXuZtB3AfX
qLaDwPi/v0U0DAnYVA60Efave7Yw05bRLsmiHZtrQJ8Kct/BcSM0nluCB19ytJqq
M1ObJTJ4C8im/DLSarc7sIRjPZJSUbHyebq2vzlOTQKBgGtFj25vuFdZv3TABkx+
Bkkw93V/gFFrx5jBM1egX/rG0Ur6IMt23R4jKYTUps3n9sPqrRcDP7OUXhfvdmFR
CmzOCLiR9PYRfa6PCewV7SAqedIeO17oxdQrRpKcPpRgHFq4onB8i5pCLQn5z+jp
6048LMxV9ofeB7xRpRCEke46
-----END PRIVATE KEY-----
"""
"""The private half, in PEM: what code under test may take for its ``KNOCK_SIGNING_KEY``."""
