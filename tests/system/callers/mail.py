# SPDX-License-Identifier: ISC
"""Python without a library for mail: mail.py sendmail|smtp RECIPIENT"""
import email.policy
import pathlib
import smtplib
import subprocess
import sys
from email.message import EmailMessage

how, recipient = sys.argv[1:]
letter = EmailMessage()
letter["From"] = "app@example.org"
letter["To"] = recipient
letter["Subject"] = "A letter"
text = pathlib.Path(__file__).with_name("letter.txt").read_text(encoding="utf-8")
letter.set_content(text, cte="8bit")
if how == "sendmail":
    subprocess.run(["/usr/sbin/sendmail", "-t", "-oi"], input=bytes(letter), check=True)
else:
    with smtplib.SMTP("localhost") as server:
        server.sendmail(letter["From"], [recipient], letter.as_bytes(policy=email.policy.SMTP))
