# SPDX-License-Identifier: ISC
# Ruby's mail: mail.rb RECIPIENT
require 'mail'

letter = Mail.new(charset: 'UTF-8', from: 'app@example.org', to: ARGV[0], subject: 'A letter')
letter.body = File.read("#{__dir__}/letter.txt", encoding: 'UTF-8')
letter.delivery_method :sendmail
letter.deliver!
