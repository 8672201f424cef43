# SPDX-License-Identifier: ISC
# Email::Sender: email-sender.pl RECIPIENT
use strict;
use warnings;
use Email::Sender::Simple qw(sendmail);
use Email::Sender::Transport::Sendmail;
use Email::Simple;
use FindBin qw($Bin);

open(my $file, '<', "$Bin/letter.txt") or die $!;
my $letter = Email::Simple->create(
	header => [
		From => 'app@example.org',
		To => $ARGV[0],
		Subject => 'A letter',
		'MIME-Version' => '1.0',
		'Content-Type' => 'text/plain; charset=UTF-8',
		'Content-Transfer-Encoding' => '8bit',
	],
	body => join('', <$file>),
);
sendmail($letter, { transport => Email::Sender::Transport::Sendmail->new });
